// Verifying an access token that was verified before. It arrives as a new string each time, as it does from a socket: a
// cache that is keyed by the text pays for hashing it anew.

import { Buffer } from 'node:buffer'

import type { Sojourn } from 'sojourn'

import { loop } from '../loop.ts'
import type { Contender, Row, Work } from '../work.ts'
import { claimsOf, token, tokenKey, type Token } from './tokens.ts'
import { fastJwtVerifier, sojournVerifier, verifying } from './verifiers.ts'

const people = 1000
const peer = 'fast-jwt with its cache'

export const row: Row = {
  variants: ['HS256'],

  async work(variant): Promise<Work> {
    const key = tokenKey('HS256', 10_000)
    const tokens = Array.from({ length: people }, (_, number) => token(key, number))
    const inputs = freshly(tokens)
    const verifiers = {
      'Sojourn, verify()': sojournVerifier(key),
      [peer]: fastJwtVerifier(key, { cache: 10_000 }),
      [`${peer}, by the whole text`]: fastJwtVerifier(key, {
        cache: 10_000,
        cacheKeyBuilder: (text) => text,
      }),
    }
    for (const { text } of tokens) for (const { verify } of Object.values(verifiers)) await verify(text)
    return {
      row: 'verify-again',
      variant,
      title: 'Verify an access token again',
      unit: 'µs',
      contenders: [
        await adapters(key.sojourn),
        ...Object.entries(verifiers).map(([name, verifier], at) =>
          verifying(name, at === 0 ? 'ours' : 'peer', key, inputs, verifier),
        ),
        byMap(tokens),
      ],
      goals: [
        { times: 8, than: peer },
        { times: 8, than: peer, who: 'Sojourn, verify()' },
      ],
      guard: [{ times: 4, than: peer }],
      note:
        'The first is what an adapter asks on each request: it looks at the clock, the feed and the keys as well, and gives the decoded claims. ' +
        '`verify()` does the same and gives a promise. Their cache and ours are told of the same thousand tokens.',
    }
  },
}

/** What an adapter asks on each request of a session that it has seen. */
async function adapters(sojourn: Sojourn): Promise<Contender> {
  const { role, plan, tenant, permissions, locale } = claimsOf(0)
  const claims = { role, plan, tenant, permissions, locale }
  const { clock } = sojourn.settings
  const issued = await Promise.all(
    Array.from({ length: people }, (_, number) => sojourn.create({ subject: `person ${number}`, claims })),
  )
  for (const { accessToken } of issued) await sojourn.authenticate(accessToken, clock())
  const subjectOf = (text: string): unknown => sojourn.known(text, clock())?.subject
  const tokens = issued.map(({ accessToken, session }) => ({ text: accessToken, subject: session.subject! }))
  return {
    name: 'Sojourn, as its adapters ask',
    kind: 'ours',
    async prove() {
      const { text, subject } = tokens[3]!
      if (subjectOf(text) !== subject) throw new Error('A token is not known that was seen')
      const middle = text.length / 2
      const other = `${text.slice(0, middle)}${text[middle] === 'A' ? 'B' : 'A'}${text.slice(middle + 1)}`
      if (subjectOf(other) !== undefined) throw new Error('A token is taken for another')
    },
    measure: loop(({ text }: Token) => subjectOf(text), freshly(tokens)),
  }
}

/** What a program without any library would do: nothing is checked but that it is the same text. */
function byMap(tokens: readonly Token[]): Contender {
  const known = new Map(tokens.map(({ text, subject }) => [text, subject]))
  return {
    name: 'a Map by the whole text',
    kind: 'raw',
    async prove() {
      if (known.get(tokens[3]!.text) !== tokens[3]!.subject) throw new Error('A Map has lost something')
    },
    measure: loop(({ text }: Token) => known.get(text), freshly(tokens)),
  }
}

/** Each time another string with the same characters. */
function freshly(tokens: readonly Token[]): (count: number) => readonly Token[] {
  const sources = tokens.map(({ text, subject }) => ({ bytes: Buffer.from(text, 'latin1'), subject }))
  let next = 0
  return (count) =>
    Array.from({ length: count }, () => {
      const { bytes, subject } = sources[next++ % sources.length]!
      return { text: bytes.toString('latin1'), subject }
    })
}
