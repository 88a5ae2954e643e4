// Whether a secret is one that everybody knows, and whether ids can be guessed: what can be tried without asking the
// application anything.

import { createHmac, timingSafeEqual } from 'node:crypto'

import type { Application } from './application.ts'
import { readJwt } from './jwt.ts'
import type { Credential } from './signed-in.ts'
import { fail, notSeen, pass, unless, type Checks, type Finding } from './verdict.ts'

/** Out of tutorials, examples and lists of what people use. */
const known = (
  'secret|keyboard cat|your-256-bit-secret|your-secret-key|your_jwt_secret|jwt_secret|' +
  'jwtsecret|mysecret|my-secret|my_secret|supersecret|super-secret|secretkey|secret-key|' +
  'secret_key|password|changeme|change-me|change_me|changeit|test|dev|development|shhhh|' +
  'shhhhh|key|cat|123456|12345678|1234567890|qwerty|admin|session|session-secret|express|' +
  'keyboard-cat|mysecretkey|topsecret|top-secret|default|example|foobar|foo|a|x|'
).split('|')

export const secretChecks: Checks<Application> = {
  weakSecrets: (application) => guessed(application),
  // One that nobody has guessed may be weak and short all the same.
  strongSecrets: (application) => onlyIfGuessed(application),
  shortSecrets: (application) => onlyIfGuessed(application),
  predictableIds({ signedIn }) {
    if (!signedIn) return notSeen('needs --sign-in')
    const judged = Object.entries(signedIn.values).flatMap(([name, values]) => {
      const isPowerful = signedIn.powerful.length === 0 || signedIn.powerful.some((one) => one.name === name)
      const ids = [...new Set(values.map(idOf))].filter((id) => id !== undefined)
      return isPowerful && ids.length >= 2 ? [{ name, bits: varyingBits(ids), count: ids.length }] : []
    })
    if (judged.length === 0) return notSeen('no opaque id was given twice')
    return unless(
      judged
        .filter(({ bits }) => bits < 64)
        .map(({ name, bits, count }) => `${name}: ${count} ids differ in ${Math.floor(bits)} bits`),
      judged.map(({ name, bits }) => `${name}: up to ${Math.floor(bits)} bits`).join(', '),
    )
  },
}

function guessed({ signedIn }: Application): Finding {
  if (!signedIn) return notSeen('needs --sign-in')
  const tried = signedIn.issued.filter(isMac)
  if (tried.length === 0) return notSeen('nothing is signed with a secret that could be tried')
  const faults = tried.filter((one) => known.some((secret) => isSignedWith(one, secret)))
  return faults.length > 0
    ? fail(`${faults.map(({ name }) => name).join(', ')}: signed with a secret that is in every list`)
    : pass(`none of ${known.length} well-known ones`)
}

function onlyIfGuessed(application: Application): Finding {
  const finding = guessed(application)
  return finding.verdict === 'pass' ? notSeen('not one that everybody knows; no more can be seen') : finding
}

function isMac({ value }: Credential): boolean {
  return readJwt(value)?.header['alg'] === 'HS256' || signedCookie(value) !== undefined
}

function isSignedWith({ value }: Credential, secret: string): boolean {
  const cookie = signedCookie(value)
  const at = value.lastIndexOf('.')
  const [text, mac] = cookie ?? [value.slice(0, at), value.slice(at + 1)]
  const own = createHmac('sha256', secret).update(text).digest()
  const theirs = Buffer.from(mac, 'base64')
  return own.length === theirs.length && timingSafeEqual(own, theirs)
}

/** The text and the signature of a cookie as express, connect and cookie-parser sign it. */
function signedCookie(value: string): readonly [text: string, mac: string] | undefined {
  const text = value.replace(/^s%3A/i, 's:').replaceAll(/%2B/gi, '+').replaceAll(/%2F/gi, '/')
  const parts = /^s:(.+)\.([A-Za-z0-9+/]{43})=?$/.exec(text)
  return parts ? [parts[1]!, parts[2]!] : undefined
}

/** The part of a credential that names a session; undefined for a JWT, which does not live by being unknown. */
function idOf(value: string): string | undefined {
  return readJwt(value) ? undefined : (signedCookie(value)?.[0] ?? value)
}

/**
 * How many bits could differ at most between these: what all begin and end with is no secret. Digits count as digits.
 * An upper bound, so it proves weakness and never strength.
 */
function varyingBits(ids: readonly string[]): number {
  const shortest = Math.min(...ids.map(({ length }) => length))
  const isCommon = (characterOf: (id: string) => string | undefined): boolean =>
    new Set(ids.map(characterOf)).size === 1
  let start = 0
  while (start < shortest && isCommon((id) => id[start])) start += 1
  let end = 0
  while (end < shortest - start && isCommon((id) => id.at(-1 - end))) end += 1
  const parts = ids.map((id) => id.slice(start, id.length - end))
  const longest = Math.max(...parts.map(({ length }) => length))
  const text = parts.join('')
  const letters = /^\d*$/.test(text) ? 10 : /^[\da-f-]*$/i.test(text) ? 16 : 64
  return longest * Math.log2(letters)
}
