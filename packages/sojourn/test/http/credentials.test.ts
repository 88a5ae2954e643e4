import { describe, expect, it } from 'vitest'
import { fetchView } from '../../src/adapter/shared-fetch.ts'
import { cookieJar } from '../../src/http/cookies.ts'
import { identify, newVisitor, type Carried } from '../../src/http/credentials.ts'
import { testSojourn } from './support/sojourn.ts'
import { codeOf, request, type RequestParts } from './support/view.ts'

const { sojourn, clock } = testSojourn()
const jar = cookieJar({}, true)
const { session, access, visitor } = jar.names

function carried(...headers: NonNullable<RequestParts['headers']>): Carried {
  return identify(request({ headers }), jar, sojourn)
}

const cookies = (header: string): Carried => carried(['cookie', header])

describe('a bearer token', () => {
  it.each(['Bearer abc.def', 'bearer abc.def', 'BEARER abc.def', 'Bearer   abc.def'])(
    'R143: is read from %j',
    (value) => {
      expect(carried(['authorization', value])).toEqual({ bearer: 'abc.def', duplicates: [] })
    },
  )

  it.each([
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer =',
    'Bearer a\u00e4',
    'Bearer a\0',
    'Bearer "a"',
    'Bearer a, Bearer b',
  ])('R143: is malformed in %j', async (value) => {
    expect(await codeOf(() => carried(['authorization', value]))).toMatch(
      /^(request_malformed|credentials_ambiguous)$/,
    )
  })

  it.each(['Basic YTpi', 'Bearerabc', 'DPoP abc', 'Digest username="a", realm="Bearer b"', ''])(
    'is not in %j, which is for somebody else',
    (value) => {
      expect(carried(['authorization', value])).toEqual({ duplicates: [] })
    },
  )

  it('is not in another scheme that has commas, where a Request cannot tell one field from two', () => {
    const headers = { authorization: 'Digest username="a", realm="b", nonce="c"' }
    const view = fetchView(new Request('https://app.example/', { headers }))
    expect(identify(view, jar, sojourn)).toEqual({ duplicates: [] })
  })

  it('A33: is at most 8,192 characters long', async () => {
    expect(carried(['authorization', `Bearer ${'a'.repeat(8192)}`]).bearer).toHaveLength(8192)
    expect(await codeOf(() => carried(['authorization', `Bearer ${'a'.repeat(8193)}`]))).toBe(
      'request_malformed',
    )
  })

  it.each([
    [
      ['authorization', 'Bearer abc'],
      ['authorization', 'Bearer abc'],
    ],
    [
      ['authorization', 'Bearer abc'],
      ['authorization', 'Basic YTpi'],
    ],
    [
      ['authorization', 'Basic YTpi'],
      ['authorization', 'Bearer abc'],
    ],
  ] as const)('R144 A99: is refused when there are two Authorization fields: %j, %j', async (one, two) => {
    expect(await codeOf(() => carried(one, two))).toBe('credentials_ambiguous')
  })
})

describe('our cookies', () => {
  it('are the three that carry our names', () => {
    const value = newVisitor(sojourn)
    expect(cookies(`a=1; ${session}=s; ${access}=a.b.c; ${visitor}=${value}`)).toEqual({
      session: 's',
      access: 'a.b.c',
      visitor: value,
      duplicates: [],
    })
  })

  it('R42: are the same from two Cookie fields as from one', () => {
    expect(carried(['cookie', `${session}=s`], ['cookie', `${access}=a`])).toEqual(
      cookies(`${session}=s; ${access}=a`),
    )
  })

  it('count for nothing when they are empty', () => {
    expect(cookies(`${session}=; ${access}=; ${visitor}=`)).toEqual({ duplicates: [] })
  })

  it('A85: of a visitor count only in the form that we make', () => {
    expect(cookies(`${visitor}=session-id-of-somebody`).visitor).toBeUndefined()
    expect(cookies(`${visitor}=${'v'.repeat(32)}`).visitor).toBeUndefined()
    expect(cookies(`${visitor}=${sojourn.csrf.issue('something else')}`).visitor).toBeUndefined()
  })

  it('R46 A76: are not looked for in more than 64 KiB', async () => {
    expect(cookies('a=1; '.repeat(13_000) + `${session}=s`).session).toBe('s')
    expect(await codeOf(() => cookies('a=1; '.repeat(14_000)))).toBe('headers_too_large')
  })

  it('A76: of strangers cannot crowd ours out', () => {
    const bomb = Array.from({ length: 180 }, (_, index) => `bomb${index}=${'x'.repeat(300)}`).join('; ')
    expect(cookies(`${bomb}; ${session}=s`).session).toBe('s')
  })
})

describe('two cookies of one name', async () => {
  const alice = await sojourn.create({ subject: 'alice' })
  const next = await sojourn.refresh(alice.sessionToken)
  const mallory = await sojourn.create({ subject: 'mallory' })
  clock.pass('1s')

  it.each([
    ['the planted one first', ['planted', alice.sessionToken]],
    ['the planted one last', [alice.sessionToken, 'planted']],
    ['several planted ones', ['', 'a', alice.sessionToken, 'b', 'sj_']],
  ])('R43 A73: give the one that we made, in whatever order: %s', (_, tokens) => {
    const found = cookies(tokens.map((token) => `${session}=${token}`).join('; '))
    expect(found).toEqual({ session: alice.sessionToken, duplicates: ['session'] })
  })

  it('P32: of one session give the newer one', () => {
    for (const tokens of [
      [alice, next],
      [next, alice],
    ]) {
      const header = tokens.map(({ sessionToken }) => `${session}=${sessionToken}`).join('; ')
      expect(cookies(header).session).toBe(next.sessionToken)
    }
  })

  it('R43 A73: of two sessions give none, for one of them is planted', async () => {
    for (const tokens of [
      [alice, mallory],
      [mallory, alice],
    ]) {
      const header = tokens.map(({ sessionToken }) => `${session}=${sessionToken}`).join('; ')
      expect(await codeOf(() => cookies(header))).toBe('credentials_ambiguous')
    }
  })

  it('that we did not make give none', () => {
    expect(cookies(`${session}=a; ${session}=b`)).toEqual({ duplicates: ['session'] })
  })

  it('of an access token give none: the session token brings a new one', () => {
    expect(cookies(`${access}=a; ${access}=b`)).toEqual({ duplicates: ['access'] })
  })

  it('A76: are not looked at when there are more than eight', async () => {
    const header = Array.from({ length: 9 }, () => `${session}=${alice.sessionToken}`).join('; ')
    expect(await codeOf(() => cookies(header))).toBe('credentials_ambiguous')
  })
})
