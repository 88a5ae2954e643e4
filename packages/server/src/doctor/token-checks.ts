// What tokens say about themselves, and what an application makes of altered ones.

import type { Application } from './application.ts'
import { cannotTell } from './cookie-checks.ts'
import { membersOf, readJwt, type SeenJwt } from './jwt.ts'
import type { Credential, SignedIn, Tried } from './signed-in.ts'
import { fail, notSeen, pass, unless, type Checks, type Finding } from './verdict.ts'

const needsSignIn = notSeen('needs --sign-in')
const noJwt = notSeen('no JWT was given')
const longestLife = 3600

export const tokenChecks: Checks<Application> = {
  tokenExpiry: withJwts((tokens) =>
    unless(
      tokens.flatMap(({ name, claims: { exp, iat } }) => {
        if (typeof exp !== 'number') return [`${name} has no exp`]
        const life = typeof iat === 'number' ? exp - iat : exp - Date.now() / 1000
        return life > longestLife ? [`${name} lives ${spanOf(life)}`] : []
      }),
      tokens
        .map(({ name, claims: { exp, iat } }) => `${name} lives ${spanOf(Number(exp) - Number(iat))}`)
        .join(', '),
    ),
  ),
  refresh({ signedIn }) {
    if (!signedIn?.refreshed) return notSeen('needs --sign-in and --refresh')
    const { status, hasChanged } = signedIn.refreshed
    if (status >= 400) return fail(`the refresh answers ${status}`)
    return hasChanged
      ? pass('a refresh gives new tokens')
      : fail(`the refresh answers ${status} and gives nothing new`)
  },
  validation: withPower((signedIn) => triedFinding(signedIn.altered, 'altered', 'altered ones are refused')),
  signatures: withPower((signedIn) => {
    const { powerful, unsigned, altered } = signedIn
    const jwts = powerful.filter(({ value }) => readJwt(value)).map(({ name }) => name)
    const signed = powerful.filter(({ value }) => isSigned(value)).map(({ name }) => name)
    if (signed.length === 0) return notSeen('no signed token was given')
    const faults = [
      ...taken(unsigned, 'is taken without a signature (alg none)'),
      ...taken(
        altered.filter(({ name }) => signed.includes(name)),
        'is taken with another signature',
      ),
    ]
    if (faults.length > 0) return fail(faults.join('; '))
    return triedFinding(
      [...unsigned, ...altered],
      '',
      `${jwts.length > 0 ? 'alg none and ' : ''}other signatures are refused`,
    )
  }),
  ignoredExpiry: withPower(({ expired }) => {
    const faults = taken(expired, 'is taken years after its exp')
    return faults.length > 0 ? fail(faults.join('; ')) : notSeen('no token ran out while the doctor looked')
  }),
  tokenData: ({ signedIn }) => {
    if (!signedIn) return needsSignIn
    if (signedIn.issued.length === 0) return notSeen('no token was given')
    const faults = signedIn.issued.flatMap(({ name, value }) => {
      const found = sensitiveIn(readableIn(value))
      return found.length === 0 ? [] : [`${name} tells ${found.join(', ')}`]
    })
    return unless(faults, `none that can be read in ${signedIn.issued.map(({ name }) => name).join(', ')}`)
  },
  timeouts({ signedIn, answers }) {
    if (!signedIn) return needsSignIn
    const names = new Set(signedIn.powerful.map(({ name }) => name))
    const ages = [
      ...answers.flatMap(({ setCookies }) =>
        setCookies.filter(({ name }) => names.has(name)).map(({ name, maxAge }) => ({ name, maxAge })),
      ),
      ...jwtsOf(signedIn.powerful).map(({ name, claims: { exp } }) => ({
        name,
        maxAge: typeof exp === 'number' ? exp - Date.now() / 1000 : undefined,
      })),
    ]
    const long = ages.filter(({ maxAge }) => maxAge !== undefined && maxAge > 31 * 86_400)
    const endless = jwtsOf(signedIn.powerful).filter(({ claims: { exp } }) => typeof exp !== 'number')
    const faults = [
      ...long.map(({ name, maxAge }) => `${name} lives ${spanOf(maxAge!)}`),
      ...endless.map(({ name }) => `${name} never ends`),
    ]
    if (faults.length > 0) return unless(faults, '')
    const timed = ages.filter(({ maxAge }) => maxAge !== undefined && maxAge > 0)
    if (timed.length < names.size || names.size === 0)
      return notSeen('a time limit of the server cannot be seen')
    const most = Math.max(...timed.map(({ maxAge }) => maxAge!))
    return pass(`what signs in ends within ${spanOf(most)}`)
  },
}

function withJwts(judge: (tokens: readonly NamedJwt[]) => Finding): (seen: Application) => Finding {
  return ({ signedIn }) => {
    if (!signedIn) return needsSignIn
    const tokens = jwtsOf(signedIn.issued)
    return tokens.length === 0 ? noJwt : judge(tokens)
  }
}

function withPower(judge: (signedIn: SignedIn) => Finding): (seen: Application) => Finding {
  return ({ signedIn }) => {
    if (!signedIn) return needsSignIn
    if (signedIn.isIn === undefined) return notSeen(cannotTell)
    return signedIn.powerful.length === 0
      ? notSeen('nothing that signs in by itself was given')
      : judge(signedIn)
  }
}

interface NamedJwt extends SeenJwt {
  readonly name: string
}

function jwtsOf(credentials: readonly Credential[]): readonly NamedJwt[] {
  return credentials.flatMap(({ name, value }) => {
    const jwt = readJwt(value)
    return jwt ? [{ name, ...jwt }] : []
  })
}

/** A JWT, or a cookie as express signs it. */
function isSigned(value: string): boolean {
  return readJwt(value) !== undefined || /^s(:|%3A)/i.test(value)
}

function taken(tried: readonly Tried[], how: string): readonly string[] {
  return tried.filter(({ isIn }) => isIn).map(({ name }) => `${name} ${how}`)
}

function triedFinding(tried: readonly Tried[], how: string, otherwise: string): Finding {
  const faults = taken(tried, `is taken ${how}`)
  if (faults.length > 0) return fail(faults.join('; '))
  return tried.some(({ isIn }) => isIn === undefined) ? notSeen(cannotTell) : pass(otherwise)
}

/** Members of JSON that anybody can read in a token: a JWT's claims, or a cookie that is JSON in base64. */
function readableIn(value: string): Readonly<Record<string, unknown>> {
  return readJwt(value)?.claims ?? membersOf(value) ?? membersOf(decoded(value)) ?? {}
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

const sensitiveName =
  /passw|secret|ssn|social.?security|birth|e-?mail|phone|address|street|iban|credit|card|salary|health|passport|tax.?id/i
const emailShape = /^[^@\s]{1,64}@[^@\s]{1,255}\.[a-z]{2,}$/i

function sensitiveIn(members: Readonly<Record<string, unknown>>, depth = 0): readonly string[] {
  return Object.entries(members).flatMap(([name, value]) => {
    if (/^email_verified$/i.test(name)) return []
    if (sensitiveName.test(name) || (typeof value === 'string' && emailShape.test(value))) return [name]
    const isObject = typeof value === 'object' && value !== null && depth < 4
    return isObject ? sensitiveIn(value as Readonly<Record<string, unknown>>, depth + 1) : []
  })
}

/** Seconds, for people. */
export function spanOf(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`
}
