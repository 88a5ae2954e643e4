// Headers that every answer of the server has, unless a page sets its own.

export type HeaderList = readonly (readonly [name: string, value: string])[]

/** HSTS only where the issuer is reached over HTTPS. */
export function securityHeaders(issuer: string): HeaderList {
  return [
    ['content-security-policy', "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"],
    ['x-content-type-options', 'nosniff'],
    ['referrer-policy', 'no-referrer'],
    ['cross-origin-opener-policy', 'same-origin'],
    ['cross-origin-resource-policy', 'same-origin'],
    ...(issuer.startsWith('https:')
      ? [['strict-transport-security', 'max-age=63072000; includeSubDomains'] as const]
      : []),
  ]
}
