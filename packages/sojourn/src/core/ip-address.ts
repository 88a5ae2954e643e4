// IP addresses as bytes (RFC 4291 §2.2), so that they can be compared by their networks.

/** The 4 or 16 bytes of an address; an IPv4 address in IPv6 clothes (`::ffff:`) is taken for what it is. */
export function parseAddress(text: string): readonly number[] | undefined {
  if (!text.includes(':')) return parseV4(text)
  const bytes = parseV6(text.split('%')[0]!)
  const isMapped = bytes?.slice(0, 12).every((byte, index) => byte === (index < 10 ? 0 : 255))
  return isMapped ? bytes!.slice(12) : bytes
}

function parseV4(text: string): readonly number[] | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined
  const bytes = text.split('.').map(Number)
  return bytes.every((byte) => byte <= 255) ? bytes : undefined
}

function parseV6(text: string): readonly number[] | undefined {
  // An IPv4 part may only be the last one (RFC 4291 §2.2).
  if (text.length > 45 || !/^[0-9a-fA-F:]+:(\d+(\.\d+){3})?$|^[0-9a-fA-F:]+$/.test(text)) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':').flatMap(group)))
  if (!head || [...head, ...(tail ?? [])].includes(-1)) return undefined
  if (tail === undefined) return head.length === 16 ? head : undefined
  const gap = 16 - head.length - tail.length
  return gap < 2 ? undefined : [...head, ...Array.from({ length: gap }, () => 0), ...tail]
}

function group(text: string): readonly number[] {
  if (text.includes('.')) return parseV4(text) ?? [-1]
  if (!/^[0-9a-fA-F]{1,4}$/.test(text)) return [-1]
  const value = Number.parseInt(text, 16)
  return [value >> 8, value & 255]
}
