// JSON of others, read so that it has one meaning: a name that an object has twice is refused, because two readers would
// choose two of its values (RFC 8725 §2.4, RFC 7519 §4).

/** What a text says; undefined if it is not JSON, or if an object in it has a name twice. */
export function parseStrictly(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return hasNameTwice(text) ? undefined : value
  } catch {
    return undefined
  }
}

// Strings, with the colon that makes one a name, and the braces that open and close objects. The text is known to be JSON,
// so nothing else matters.
const parts = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/gs

function hasNameTwice(text: string): boolean {
  const open: Set<string>[] = []
  for (const [part, string, colon] of text.matchAll(parts)) {
    if (part === '{') open.push(new Set())
    else if (part === '}') open.pop()
    else if (string !== undefined && colon !== undefined) {
      const name = JSON.parse(string) as string
      const names = open.at(-1)!
      if (names.has(name)) return true
      names.add(name)
    }
  }
  return false
}
