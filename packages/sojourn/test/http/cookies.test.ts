import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkCookieOptions,
  cookieJar,
  cookieName,
  cookieValues,
  withCookies,
  type CookieOptions,
} from '../../src/http/cookies.ts'

const name = '__Host-Http-session'
const values = (header: string): readonly string[] => cookieValues(header, name)

function faultsOf(options: object): string {
  const faults: string[] = []
  checkCookieOptions(options, faults)
  return faults.join('\n')
}

function attributesOf(line: string): Map<string, string> {
  const [, ...attributes] = line.split('; ')
  return new Map(attributes.map((attribute) => [attribute.split('=')[0]!, attribute.split('=')[1] ?? '']))
}

describe('the cookies that are set', () => {
  const jar = cookieJar({}, true)

  it('R32 R34 R36 R50: belong to this host alone, over HTTPS, out of reach of scripts, and say SameSite', () => {
    expect(jar.set('session', 'abc')).toBe(`${name}=abc; Path=/; HttpOnly; Secure; SameSite=Lax`)
    expect(jar.names).toEqual({
      session: '__Host-Http-session',
      access: '__Host-Http-access',
      visitor: '__Host-Http-visitor',
      device: '__Host-Http-device',
    })
  })

  it('R31: have no Max-Age unless their person asked to be remembered', () => {
    expect(attributesOf(jar.set('session', 'abc')).has('Max-Age')).toBe(false)
    expect(attributesOf(jar.set('session', 'abc', 3_600_000)).get('Max-Age')).toBe('3600')
  })

  it('R38: are never kept for more than 400 days, whatever the policy says', () => {
    const tenYears = 10 * 366 * 24 * 3_600_000
    expect(attributesOf(jar.set('session', 'abc', tenYears)).get('Max-Age')).toBe(String(400 * 24 * 3600))
  })

  it.each([0, 1, 999])('live for at least a second: Max-Age=0 would delete them (%i ms)', (maxAge) => {
    expect(attributesOf(jar.set('session', 'abc', maxAge)).get('Max-Age')).toBe('1')
  })

  const everyKind: readonly CookieOptions[] = [
    {},
    { prefix: 'host' },
    { sameSite: 'strict' },
    { sameSite: 'none', partitioned: true },
    { prefix: 'secure', domain: 'app.example' },
    { prefix: 'secure', path: '/account' },
  ]

  it.each(everyKind)('R47: are forgotten with the attributes they were set with: %j', (options) => {
    for (const isSecure of [true, false]) {
      const { set, clear } = cookieJar(options, isSecure)
      const kept = attributesOf(set('session', 'abc'))
      const cleared = attributesOf(clear('session'))
      expect(cleared.get('Max-Age')).toBe('0')
      for (const [attribute, value] of kept) expect(cleared.get(attribute)).toBe(value)
      expect(cleared.size).toBe(kept.size + 2)
    }
  })

  it('R138: go to the whole host under its own prefix, or only where a path says so', () => {
    expect(attributesOf(jar.set('session', 'abc')).get('Path')).toBe('/')
    expect(cookieName(jar.set('session', 'abc'))).toMatch(/^__Host-/)
    const narrow = cookieJar({ prefix: 'secure', path: '/account' }, true).set('session', 'abc')
    expect(cookieName(narrow)).toBe('__Secure-session')
    expect(attributesOf(narrow).get('Path')).toBe('/account')
  })

  it('R41: always have a name, and an expiry in the one form of RFC 9110', () => {
    const line = jar.clear('access')
    expect(cookieName(line)).toBe('__Host-Http-access')
    const expires = attributesOf(line).get('Expires')!
    expect(expires).toBe(new Date(0).toUTCString())
  })

  it('R40: name no attribute twice', () => {
    for (const options of everyKind) {
      const line = cookieJar(options, true).clear('session')
      const names = line.split('; ').map((part) => part.split('=')[0])
      expect(new Set(names).size).toBe(names.length)
    }
  })

  it('R48 P33: can be partitioned, for a page inside that of another site: only together with Secure and SameSite=None', () => {
    const line = cookieJar({ sameSite: 'none', partitioned: true }, true).set('session', 'abc')
    expect(line).toBe(`${name}=abc; Path=/; HttpOnly; Secure; SameSite=None; Partitioned`)
  })

  it('R34: are Lax over the plain HTTP of a development machine, where None would be dropped', () => {
    const line = cookieJar({ sameSite: 'none', partitioned: true }, false).set('session', 'abc')
    expect(line).toBe('session=abc; Path=/; HttpOnly; SameSite=Lax')
  })

  it('P32: the one of a former domain is cleared on that domain, and otherwise nothing is', () => {
    const former = cookieJar({ formerDomain: 'example.com' }, true)
    expect(attributesOf(former.clearFormer('session')!).get('Domain')).toBe('example.com')
    expect(jar.clearFormer('session')).toBeUndefined()
  })
})

describe('contradictions that a browser would answer with silence', () => {
  it.each([
    [{ domain: 'app.example' }, 'cookies.domain'],
    [{ prefix: 'host', domain: 'app.example' }, 'cookies.domain'],
    [{ path: '/account' }, 'cookies.path'],
    [{ prefix: 'host', path: '/account' }, 'cookies.path'],
    [{ partitioned: true }, 'cookies.partitioned'],
    [{ partitioned: true, sameSite: 'strict' }, 'cookies.partitioned'],
    [{ prefix: 'http' }, 'cookies.prefix'],
    [{ sameSite: 'Lax' }, 'cookies.sameSite'],
    [{ names: { session: 'access' } }, 'differ'],
  ])('R35: %j is refused by name', (options, named) => {
    expect(faultsOf(options)).toContain(named)
  })

  it.each([
    {},
    { prefix: 'secure', domain: 'app.example', path: '/a' },
    { sameSite: 'none', partitioned: true },
  ])('%j is accepted', (options) => {
    expect(faultsOf(options)).toBe('')
  })

  const nasty = [
    'a\r\nSet-Cookie: x=1',
    'a;b',
    'a,b',
    'a b',
    'a\0b',
    'a\u2028b',
    'a"b',
    'a\\b',
    'ä',
    '',
    'a=b',
  ]

  it.each(nasty)('R39 A79: no name, domain or path can hold %j', (text) => {
    expect(faultsOf({ names: { session: text } })).toContain('cookies.names')
    expect(faultsOf({ prefix: 'secure', domain: text })).toContain('cookies.domain')
  })

  it.each(['a\r\nSet-Cookie: x=1', '/a;b', '/a b', '/a\0b', '/a\u2028b', 'a', '', '/ä'])(
    'R39 A79: no path can hold %j',
    (text) => {
      expect(faultsOf({ prefix: 'secure', path: text })).toContain('cookies.path')
    },
  )

  it('R37: no attribute can be longer than the 1,024 octets that browsers keep', () => {
    expect(faultsOf({ prefix: 'secure', domain: Array(20).fill('a'.repeat(60)).join('.') })).toContain(
      'domain',
    )
    expect(faultsOf({ prefix: 'secure', path: `/${'a'.repeat(1024)}` })).toContain('path')
  })
})

describe('the cookies that are read', () => {
  it.each([
    ['one', `${name}=abc`, ['abc']],
    ['one among others', `a=1; ${name}=abc; b=2`, ['abc']],
    ['R42: crumbs of a split header', `a=1;${name}=abc;b=2`, ['abc']],
    ['R43: two, in the order they stand', `${name}=one; ${name}=two`, ['one', 'two']],
    ['an empty one', `${name}=`, ['']],
    ['one with = in its value', `${name}=a=b==`, ['a=b==']],
    ['R45: quotes, which are octets like any other', `${name}="abc"`, ['"abc"']],
    ['escapes, which are not decoded', `${name}=a%3Bb`, ['a%3Bb']],
    ['R44 A74: no lower case variant', `${name.toLowerCase()}=evil`, []],
    ['R44 A74: no upper case variant', `${name.toUpperCase()}=evil`, []],
    ['R44 A74: no name after a no-break space', `\u00a0${name}=evil`, []],
    ['R44 A74: no name after U+2000', `a=1; \u2000${name}=evil`, []],
    ['R44 A74: no name after U+2000 as the octets that Node reads', `\u00e2\u0080\u0080${name}=evil`, []],
    ['R44 A74: no name after a byte order mark', `a=1; \ufeff${name}=evil`, []],
    ['R44: no name after a tab', `a=1;\t${name}=evil`, []],
    ['R44: no name with a space after it', `${name} =evil`, []],
    ['R44 A74: no nameless cookie', `=${name}=evil`, []],
    ['a longer name', `x${name}=evil; ${name}x=evil`, []],
    ['R45 A75: no comma as a separator', `a=1, ${name}=evil`, []],
    ['a value that looks like a cookie', `a=${name}=evil`, []],
    ['nothing', '', []],
  ])('%s', (_, header, expected) => {
    expect(values(header)).toEqual(expected)
  })

  it('R45 A75: a $Version cookie switches no other grammar on', () => {
    const header = `$Version=1; ${name}="good\\"; ${name}=evil; x="; $Path="/"`
    expect(values(header)).toEqual(['"good\\"', 'evil'])
  })

  const octet = fc.constantFrom(...`${name}=; \t"abc,%`.split(''))
  const crumb = fc.oneof(
    fc.constant(`${name}=`),
    fc.constant(`; ${name}=`),
    fc.constant(name),
    fc.string({ unit: octet }),
  )

  it('are what the grammar says, whatever the header holds', () => {
    // The grammar of RFC 6265bis §4.2.1, written in the slow and obvious way.
    const expected = (header: string): string[] =>
      header
        .split(';')
        .map((pair, index) => (index > 0 && pair.startsWith(' ') ? pair.slice(1) : pair))
        .filter((pair) => pair.startsWith(`${name}=`))
        .map((pair) => pair.slice(name.length + 1))
    fc.assert(
      fc.property(fc.array(crumb), (crumbs) => {
        const header = crumbs.join('')
        expect(values(header)).toEqual(expected(header))
      }),
      { numRuns: 1000 },
    )
  })

  it('never make it throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ minLength: 1 }), (header, any) => {
        expect(cookieValues(header, any)).toBeInstanceOf(Array)
      }),
    )
  })

  const pattern = (unit: string) => (length: number) =>
    unit.repeat(Math.ceil(length / unit.length)).slice(0, length)

  it.each([
    ['=', pattern('=')],
    [';', pattern(';')],
    ['%', pattern('%')],
    ['crumbs of one letter', pattern('a=1; ')],
    ['the name without end', pattern(name)],
    ['the name and =', pattern(`${name}=`)],
    ['the name as every cookie', pattern(`${name}=a; `)],
    ['quotes and backslashes', pattern(`${name}="\\`)],
  ])('R46 A78: are found in time that grows with the header and no faster: %s', (_, make) => {
    const time = (header: string): number => {
      const began = performance.now()
      for (let round = 0; round < 20; round++) values(header)
      return performance.now() - began
    }
    const [short, long] = [make(16_384), make(16_384 * 16)]
    time(short)
    // By turns, and the shortest of each: what disturbs makes a time longer and never shorter. What looks too long is
    // looked at for longer; what grows too fast stays so.
    let [shortest, longest] = [Infinity, Infinity]
    for (let round = 0; round < (longest < shortest * 40 ? 5 : 60); round++) {
      shortest = Math.min(shortest, time(short))
      longest = Math.min(longest, time(long))
    }
    // Sixteen times the length: quadratic would be 256 times. The constant forgives a clock of low resolution.
    expect(longest).toBeLessThan(shortest * 80 + 5)
  })

  it('R46 A76: are found among 5,000 others', () => {
    const others = Array.from({ length: 5000 }, (_, index) => `c${index}=${index}`).join('; ')
    expect(values(`${others}; ${name}=abc; ${others}`)).toEqual(['abc'])
  })
})

describe('a Cookie header after an answer', () => {
  it('has the renewed cookies in place of the earlier ones, and the others as they were', () => {
    const lines = ['session=new; Path=/; HttpOnly', 'access=newer; Path=/']
    expect(withCookies('theme=dark; session=old; a=b=c', lines)).toBe(
      'theme=dark; a=b=c; session=new; access=newer',
    )
    expect(withCookies('', lines)).toBe('session=new; access=newer')
  })

  it('R46 has nothing of the earlier ones, however its pairs are separated', () => {
    const lines = ['session=new; Path=/; HttpOnly']
    for (const header of [
      'theme=dark;session=old',
      'session=old;theme=dark',
      'theme=dark;session=a; session=b;',
    ])
      expect(withCookies(header, lines)).toBe('theme=dark; session=new')
    expect(withCookies('theme=dark', [])).toBe('theme=dark')
  })
})
