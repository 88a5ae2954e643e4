// JSON Web Tokens as a stranger sees them: read without a key, altered without a key.

export interface SeenJwt {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/** What a text says if it is a JWT (or was signed with nothing). */
export function readJwt(text: string): SeenJwt | undefined {
  const parts = text.split('.')
  if (parts.length !== 3) return undefined
  const [header, claims] = [membersOf(parts[0]!), membersOf(parts[1]!)]
  return header && claims && typeof header['alg'] === 'string' ? { header, claims } : undefined
}

/** The members of an object of JSON in base64url, or in base64. */
export function membersOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    return undefined
  }
}

/** The same token with another last part: a signature that is none. */
export function altered(text: string): string {
  const at = Math.max(0, text.length - 12)
  const letter = text[at] === 'A' ? 'B' : 'A'
  return text.slice(0, at) + letter + text.slice(at + 1)
}

/** The claims of a JWT, with others in their place, unsigned: `alg` is none (RFC 8725 §2.1). */
export function unsigned(
  { header, claims }: SeenJwt,
  others: Readonly<Record<string, unknown>> = {},
): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${encode({ ...header, alg: 'none' })}.${encode({ ...claims, ...others })}.`
}
