// IP addresses and the ranges of trusted proxies: enough of RFC 4632 and RFC 4291 to tell whether one is in the other.

/** A range of addresses. */
export interface AddressRange {
  readonly bytes: readonly number[]
  readonly bits: number
}

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

/** A range such as `10.0.0.0/8`, a single address, or `loopback`; undefined if it is neither. */
export function parseRanges(text: string): readonly AddressRange[] | undefined {
  if (text === 'loopback') return [...parseRanges('127.0.0.0/8')!, ...parseRanges('::1')!]
  const [address, length, more] = text.split('/')
  const bytes = parseAddress(address!)
  if (!bytes || more !== undefined) return undefined
  const bits = length === undefined ? bytes.length * 8 : /^\d{1,3}$/.test(length) ? Number(length) : -1
  return bits < 0 || bits > bytes.length * 8 ? undefined : [{ bytes, bits }]
}

/** Whether one of the ranges holds the address. */
export function isWithin(address: string | undefined, ranges: readonly AddressRange[]): boolean {
  const bytes = address === undefined ? undefined : parseAddress(address)
  return bytes !== undefined && ranges.some((range) => holds(range, bytes))
}

function holds({ bytes: base, bits }: AddressRange, bytes: readonly number[]): boolean {
  if (base.length !== bytes.length) return false
  return base.every((byte, index) => {
    const left = Math.min(8, Math.max(0, bits - index * 8))
    return byte >> (8 - left) === bytes[index]! >> (8 - left)
  })
}

/** Whether the address is this machine itself. */
export function isLoopback(address: string | undefined): boolean {
  return isWithin(address, loopback)
}

const loopback = parseRanges('loopback')!
