// What a `Set-Cookie` line says, read as leniently as a browser does (RFC 6265bis §5.6).

export interface SetCookie {
  readonly name: string
  readonly value: string
  readonly isSecure: boolean
  readonly isHttpOnly: boolean
  readonly sameSite: string | undefined
  readonly path: string | undefined
  readonly domain: string | undefined
  /** Seconds; undefined for as long as the browser is open. */
  readonly maxAge: number | undefined
}

export function readSetCookie(line: string, now: number): SetCookie {
  const [pair = '', ...rest] = line.split(';')
  const [name, value] = halves(pair)
  const attributes = new Map(
    rest.map((part) => {
      const [key, said] = halves(part)
      return [key.toLowerCase(), said] as const
    }),
  )
  return {
    name,
    value,
    isSecure: attributes.has('secure'),
    isHttpOnly: attributes.has('httponly'),
    sameSite: attributes.get('samesite')?.toLowerCase(),
    path: attributes.get('path'),
    domain: attributes.get('domain')?.replace(/^\./, '').toLowerCase(),
    maxAge: ageOf(attributes.get('max-age'), attributes.get('expires'), now),
  }
}

/** Whether the line takes the cookie away. */
export function clears({ value, maxAge }: SetCookie): boolean {
  return value === '' || (maxAge !== undefined && maxAge <= 0)
}

function halves(text: string): readonly [name: string, value: string] {
  const at = text.indexOf('=')
  return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

function ageOf(maxAge: string | undefined, expires: string | undefined, now: number): number | undefined {
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Number(maxAge)
  const at = expires === undefined ? Number.NaN : Date.parse(expires)
  return Number.isNaN(at) ? undefined : Math.round((at - now) / 1000)
}
