// JSON that a stranger has signed. `JSON.parse` takes the last of two members of one name, and another reader may take
// the first: what two readers understand differently is refused (RFC 7515 §4, RFC 7519 §4).

/** The object that this text is; undefined if it is no JSON, no object, or has a member twice, at whatever depth. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return membersIn(value) === membersWritten(text) ? (value as Record<string, unknown>) : undefined
}

function membersIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const inside = Object.values(value).reduce((sum: number, part) => sum + membersIn(part), 0)
  return inside + (Array.isArray(value) ? 0 : Object.keys(value).length)
}

// Outside of texts each colon belongs to one member.
function membersWritten(json: string): number {
  return json.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1
}
