import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSafe, normalOrigin, originFault } from '../../src/http/origin.ts'
import type { Transport } from '../../src/http/transport.ts'
import { request, type RequestParts } from './support/view.ts'

type Fields = NonNullable<RequestParts['headers']>

const https: Transport = { isSecure: true, host: 'example.com', ip: undefined }
const http: Transport = { ...https, isSecure: false }

interface Asked {
  readonly site?: string | undefined
  readonly origin?: string | undefined
  readonly trusted?: readonly string[]
  readonly transport?: Transport
  readonly carriesCookies?: boolean
}

function fault({
  site,
  origin,
  trusted = [],
  transport = https,
  carriesCookies = true,
}: Asked): string | undefined {
  const headers: Fields = [
    ...(site === undefined ? [] : [['sec-fetch-site', site] as const]),
    ...(origin === undefined ? [] : [['origin', origin] as const]),
  ]
  return originFault(request({ method: 'POST', headers }), transport, new Set(trusted), carriesCookies)
}

describe('the origin of an unsafe request', () => {
  // The rows of Go's CrossOriginProtection; "no header" is our one stricter row, for requests that carry cookies.
  it.each<[string, Asked, string | undefined]>([
    ['same-origin', { site: 'same-origin' }, undefined],
    ['none', { site: 'none' }, undefined],
    ['cross-site', { site: 'cross-site' }, 'cross_site'],
    ['same-site', { site: 'same-site' }, 'same_site'],
    ['no header, no origin, no cookies', { carriesCookies: false }, undefined],
    ['no header, no origin, with cookies', {}, 'no_origin'],
    ['no header, matching origin', { origin: 'https://example.com' }, undefined],
    ['no header, mismatched origin', { origin: 'https://attacker.example' }, 'origin'],
    ['no header, null origin', { origin: 'null' }, 'origin'],
    [
      'no header, mismatched origin, no cookies',
      { origin: 'https://attacker.example', carriesCookies: false },
      'origin',
    ],
    [
      'cross-site from a trusted origin',
      { site: 'cross-site', origin: 'https://t.example', trusted: ['https://t.example'] },
      undefined,
    ],
    [
      'same-site from a trusted origin',
      { site: 'same-site', origin: 'https://t.example', trusted: ['https://t.example'] },
      undefined,
    ],
    [
      'cross-site from an origin not trusted',
      { site: 'cross-site', origin: 'https://u.example', trusted: ['https://t.example'] },
      'cross_site',
    ],
    ['cross-site without an origin', { site: 'cross-site', trusted: ['https://t.example'] }, 'cross_site'],
    ['no header, trusted origin', { origin: 'https://t.example', trusted: ['https://t.example'] }, undefined],
  ])('R57 R59 R60 A81 A82: %s', (_, asked, expected) => {
    expect(fault(asked)).toBe(expected)
  })

  it.each(['future-site', '', 'Same-Origin', 'same-origin ', 'cross-origin'])(
    'R58: an unknown Sec-Fetch-Site (%j) says nothing, so the Origin decides',
    (site) => {
      expect(fault({ site, origin: 'https://attacker.example' })).toBe('origin')
      expect(fault({ site })).toBe('no_origin')
      expect(fault({ site, origin: 'https://example.com' })).toBeUndefined()
    },
  )

  it.each([
    'null',
    '',
    'https://example.com.attacker.example',
    'https://attacker.example/example.com',
    'https://example.com:444',
    'https://example.com.',
    'https://www.example.com',
    'https://example.co',
    'https://example.com@attacker.example',
    'https://example.com\\.attacker.example',
    'https://example%2ecom',
    'https://example.com/',
    'https://example.com?',
    'https://example.com#',
    'http://example.com:443',
    'example.com',
    '//example.com',
    'file://example.com',
    'data:x',
    'chrome-extension://example.com',
  ])('R59 A86: %j is not https://example.com', (origin) => {
    expect(fault({ origin })).toBe('origin')
  })

  it.each(['https://example.com', 'https://EXAMPLE.com', 'https://example.com:443'])(
    'R59: %s is',
    (origin) => {
      expect(fault({ origin })).toBeUndefined()
    },
  )

  it('R61 A89: is judged by the Origin on plain HTTP, where browsers send no Sec-Fetch-Site', () => {
    expect(fault({ transport: http, origin: 'http://attacker.example' })).toBe('origin')
    expect(fault({ transport: http, origin: 'http://example.com' })).toBeUndefined()
  })

  it('R62: is another one for http and https of the same host', () => {
    expect(fault({ site: 'cross-site', origin: 'http://example.com' })).toBe('cross_site')
    expect(fault({ origin: 'http://example.com' })).toBe('origin')
  })

  it.each<[string, Fields]>([
    [
      'two Origin fields',
      [
        ['origin', 'https://example.com'],
        ['origin', 'https://attacker.example'],
      ],
    ],
    ['two joined Origins', [['origin', 'https://example.com, https://attacker.example']]],
    [
      'two Sec-Fetch-Site fields',
      [
        ['sec-fetch-site', 'same-origin'],
        ['sec-fetch-site', 'cross-site'],
      ],
    ],
    ['two joined Sec-Fetch-Site', [['sec-fetch-site', 'same-origin, cross-site']]],
    [
      'twice the same',
      [
        ['sec-fetch-site', 'same-origin'],
        ['sec-fetch-site', 'same-origin'],
      ],
    ],
  ])('R76 A99: is refused when it is told more than once: %s', (_, headers) => {
    expect(originFault(request({ method: 'POST', headers }), https, new Set(), false)).toBe('repeated_header')
  })

  it('of an IPv6 address and a port compares as any other', () => {
    const transport = { ...https, host: '[::1]:8443' }
    expect(fault({ transport, origin: 'https://[::1]:8443' })).toBeUndefined()
    expect(fault({ transport, origin: 'https://[::1]' })).toBe('origin')
  })

  it('never matches a host that is none', () => {
    for (const host of ['', 'a b', 'a/b', 'a@b']) {
      expect(fault({ transport: { ...https, host }, origin: 'null' })).toBe('origin')
      expect(fault({ transport: { ...https, host }, origin: '' })).toBe('origin')
    }
  })
})

describe('the methods that need no origin', () => {
  it('R57: are GET, HEAD and OPTIONS, in capitals', () => {
    const methods = [
      'GET',
      'HEAD',
      'OPTIONS',
      'POST',
      'PUT',
      'PATCH',
      'DELETE',
      'TRACE',
      'CONNECT',
      'QUERY',
      'get',
      'X',
      '',
    ]
    expect(methods.filter(isSafe)).toEqual(['GET', 'HEAD', 'OPTIONS'])
  })
})

describe('a trusted origin', () => {
  // The rows of Go's AddTrustedOrigin, and what else is no origin.
  it.each<[string, string | undefined]>([
    ['https://example.com', 'https://example.com'],
    ['https://example.com:8080', 'https://example.com:8080'],
    ['http://example.com', 'http://example.com'],
    ['example.com', undefined],
    ['https://', undefined],
    ['https://example.com/', undefined],
    ['https://example.com/path', undefined],
    ['https://example.com?query=value', undefined],
    ['https://example.com#fragment', undefined],
    ['https://ex ample.com', undefined],
    ['', undefined],
    ['null', undefined],
    ['https://user@example.com', undefined],
    ['https://example.com:99999', undefined],
    ['https://*.example.com', undefined],
    // A small star of Unicode, which a URL parser makes a * of.
    ['https://\ufe61.example.com', undefined],
    ['https://example.com\\path', undefined],
    ['ftp://example.com', undefined],
    ['javascript://example.com', undefined],
    ['HTTPS://Example.COM:443', 'https://example.com'],
  ])('R63: %j is %j', (text, expected) => {
    expect(normalOrigin(text)).toBe(expected)
  })

  it('is read without throwing, and reading it again changes nothing', () => {
    const text = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.webAuthority().map((authority) => `https://${authority}`),
    )
    fc.assert(
      fc.property(text, (candidate) => {
        const origin = normalOrigin(candidate)
        expect(origin === undefined ? undefined : normalOrigin(origin)).toBe(origin)
      }),
    )
  })
})
