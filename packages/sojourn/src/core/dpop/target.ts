// The address of a request as a proof names it (`htu`), in one spelling: RFC 9449 §4.3 asks for the normalisation of RFC
// 3986 §6.2.2 and §6.2.3, and leaves out the query and the fragment.

const longestTarget = 8192

/** The normal form of an http(s) URL; undefined if it is none, names a user, or has a % that begins no escape. */
export function normalTarget(text: string): string | undefined {
  // The parser forgives what a comparison must not: white space, backslashes and a slash too few.
  if (text.length > longestTarget || !/^https?:\/\/[^\s\\\p{Cc}]+$/iu.test(text)) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || url.username !== '' || url.password !== '') return undefined
  // Half an escape is none, and what is written out beside it could make it whole.
  if (/%(?![0-9a-f]{2})/i.test(url.pathname)) return undefined
  return url.origin + normalEscapes(url.pathname)
}

// Scheme, host, default port and dots are the parser's work; the escapes it leaves as they are.
function normalEscapes(path: string): string {
  return path.replaceAll(/%[0-9a-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
    return /[A-Za-z0-9._~-]/.test(character) ? character : escape.toUpperCase()
  })
}
