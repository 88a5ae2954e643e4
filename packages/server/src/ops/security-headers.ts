// Headers that every answer of the server has, unless a page has set its own.

/** Adds what is missing; HSTS only where the issuer is reached over HTTPS. */
export function withSecurityHeaders(response: Response, isHttps: boolean): Response {
  const { headers } = response
  const defaults: readonly (readonly [string, string])[] = [
    ['content-security-policy', "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"],
    ['x-content-type-options', 'nosniff'],
    ['referrer-policy', 'no-referrer'],
    ['cross-origin-opener-policy', 'same-origin'],
    ['cross-origin-resource-policy', 'same-origin'],
    ...(isHttps ? ([['strict-transport-security', 'max-age=63072000; includeSubDomains']] as const) : []),
  ]
  for (const [name, value] of defaults) if (!headers.has(name)) headers.set(name, value)
  return response
}
