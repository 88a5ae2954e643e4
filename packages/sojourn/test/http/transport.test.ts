import { describe, expect, it } from 'vitest'
import { parseRanges } from '../../src/http/addresses.ts'
import { transportOf, type TransportRules } from '../../src/http/transport.ts'
import { codeOf, request, type RequestParts } from './support/view.ts'

type Fields = NonNullable<RequestParts['headers']>

function rules(
  parts: Partial<Omit<TransportRules, 'trustedProxies'>> & { proxies?: string[] } = {},
): TransportRules {
  const { proxies = [], hosts, isProduction = true } = parts
  return { trustedProxies: proxies.flatMap((text) => parseRanges(text)!), hosts, isProduction }
}

const host: Fields = [['host', 'app.example']]
const tells: Fields = [
  ['x-forwarded-proto', 'https'],
  ['x-forwarded-host', 'evil.example'],
  ['x-forwarded-for', '198.51.100.1'],
]

describe('the transport of a request', () => {
  it('is what the connection itself is', () => {
    expect(transportOf(request({ headers: host }), rules())).toEqual({
      isSecure: true,
      host: 'app.example',
      ip: '203.0.113.7',
    })
  })

  it('R54 A94 A95 A96: is not what a stranger says in forwarded headers', () => {
    const view = request({ headers: [...host, ...tells] })
    expect(transportOf(view, rules({ proxies: ['10.0.0.0/8'] }))).toEqual({
      isSecure: true,
      host: 'app.example',
      ip: '203.0.113.7',
    })
    const plain = request({ headers: [...host, ...tells], isEncrypted: false })
    expect(() => transportOf(plain, rules({ proxies: ['10.0.0.0/8'] }))).toThrow('HTTPS is required')
  })

  it('R54: is what a listed proxy says', () => {
    const view = request({
      peer: '10.1.2.3',
      isEncrypted: false,
      headers: [...host, ['x-forwarded-proto', 'https'], ['x-forwarded-for', '198.51.100.1']],
    })
    expect(transportOf(view, rules({ proxies: ['10.0.0.0/8'] }))).toEqual({
      isSecure: true,
      host: 'app.example',
      ip: '198.51.100.1',
    })
  })

  it('A96: is plain when the listed proxy says so, even over an encrypted hop', () => {
    const view = request({ peer: '10.1.2.3', headers: [...host, ['x-forwarded-proto', 'http']] })
    expect(() => transportOf(view, rules({ proxies: ['10.0.0.0/8'] }))).toThrow('HTTPS is required')
  })

  const forwardedFor = (peer: string, ...fields: string[]): RequestParts => ({
    peer,
    headers: [...host, ...fields.map((value) => ['x-forwarded-for', value] as const)],
  })

  it.each([
    ['one proxy', forwardedFor('10.0.0.1', '198.51.100.1'), '198.51.100.1'],
    ['two proxies', forwardedFor('10.0.0.1', '198.51.100.1, 10.0.0.2'), '198.51.100.1'],
    ['two fields', forwardedFor('10.0.0.1', '198.51.100.1', '10.0.0.2'), '198.51.100.1'],
    ['a client that lies', forwardedFor('10.0.0.1', '127.0.0.1, 10.0.0.9, 198.51.100.1'), '198.51.100.1'],
    ['a client that is a proxy itself', forwardedFor('10.0.0.1', '10.0.0.7'), '10.0.0.7'],
    ['no forwarded address', forwardedFor('10.0.0.1'), '10.0.0.1'],
    ['an address of version 6', forwardedFor('10.0.0.1', '2001:db8::7'), '2001:db8::7'],
    ['a stranger', forwardedFor('198.51.100.9', '10.0.0.7'), '198.51.100.9'],
    ['something that is no address', forwardedFor('10.0.0.1', '<script>'), undefined],
    ['a name behind an address', forwardedFor('10.0.0.1', '198.51.100.1, unknown'), undefined],
  ])('A95: takes the client to be the nearest address that is no proxy of ours: %s', (_, parts, ip) => {
    expect(transportOf(request(parts), rules({ proxies: ['10.0.0.0/8'] })).ip).toBe(ip)
  })

  it('A96: counts what the nearest proxy says last', () => {
    const view = request({
      peer: '10.0.0.1',
      isEncrypted: false,
      headers: [...host, ['x-forwarded-proto', 'https, http']],
    })
    expect(() => transportOf(view, rules({ proxies: ['10.0.0.0/8'] }))).toThrow('HTTPS is required')
  })

  it('A94: takes a forwarded host from a listed proxy only', () => {
    const headers: Fields = [...host, ['x-forwarded-proto', 'https'], ['x-forwarded-host', 'public.example']]
    const proxies = ['10.0.0.0/8']
    expect(transportOf(request({ peer: '10.0.0.1', headers }), rules({ proxies })).host).toBe(
      'public.example',
    )
    expect(transportOf(request({ headers }), rules({ proxies })).host).toBe('app.example')
    const appended: Fields = [
      ...host,
      ['x-forwarded-proto', 'https'],
      ['x-forwarded-host', 'evil.example, public.example'],
    ]
    expect(transportOf(request({ peer: '10.0.0.1', headers: appended }), rules({ proxies })).host).toBe(
      'public.example',
    )
  })

  it('refuses forwarded lists without end', async () => {
    const view = request({
      peer: '10.0.0.1',
      headers: [...host, ['x-forwarded-for', '1.1.1.1,'.repeat(1000)]],
    })
    expect(await codeOf(() => transportOf(view, rules({ proxies: ['10.0.0.0/8'] })))).toBe(
      'headers_too_large',
    )
  })
})

describe('plain HTTP', () => {
  const plain = (name: string, peer: string | undefined): RequestParts => ({
    isEncrypted: false,
    headers: [['host', name]],
    peer,
  })

  it.each([
    'localhost',
    'localhost:3000',
    'LOCALHOST:3000',
    'app.localhost:3000',
    '127.0.0.1:3000',
    '[::1]:3000',
  ])('is served to a developer on the same machine, as %s', (name) => {
    expect(transportOf(request(plain(name, '127.0.0.1')), rules({ isProduction: false })).isSecure).toBe(
      false,
    )
  })

  it.each([
    ['in production', plain('localhost', '127.0.0.1'), rules()],
    ['for a public name', plain('app.example', '127.0.0.1'), rules({ isProduction: false })],
    [
      'for a name that only begins so',
      plain('localhost.evil.example', '127.0.0.1'),
      rules({ isProduction: false }),
    ],
    ['from another machine', plain('localhost', '203.0.113.7'), rules({ isProduction: false })],
    ['without a host', { isEncrypted: false, peer: '127.0.0.1' }, rules({ isProduction: false })],
  ])('R32: is refused %s', async (_, parts, given) => {
    expect(await codeOf(() => transportOf(request(parts), given))).toBe('https_required')
  })
})

describe('a list of hosts', () => {
  const hosts = new Set(['app.example', 'app.example:8443'])

  it.each(['app.example', 'APP.example', 'app.example:8443'])('lets %s in', (name) => {
    expect(transportOf(request({ headers: [['host', name]] }), rules({ hosts })).host).toBe(name)
  })

  it.each(['evil.example', 'app.example.', 'app.example:444', 'app.example@evil.example', ''])(
    'A94: keeps %j out',
    async (name) => {
      expect(await codeOf(() => transportOf(request({ headers: [['host', name]] }), rules({ hosts })))).toBe(
        'host_unknown',
      )
    },
  )
})
