// IP addresses and the ranges of trusted proxies: enough of RFC 4632 to tell whether one is in the other.

import { parseAddress } from '../core/ip-address.ts'

/** A range of addresses. */
export interface AddressRange {
  readonly bytes: readonly number[]
  readonly bits: number
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
  if (address === undefined || ranges.length === 0) return false
  const known = answersOf(ranges)
  const answer = known.get(address)
  if (answer !== undefined) return answer
  const bytes = parseAddress(address)
  const isIn = bytes !== undefined && ranges.some((range) => holds(range, bytes))
  if (known.size >= mostAnswers) known.clear()
  known.set(address, isIn)
  return isIn
}

// With every request it is asked about the same few proxies.
const answers = new WeakMap<readonly AddressRange[], Map<string, boolean>>()
const mostAnswers = 256

function answersOf(ranges: readonly AddressRange[]): Map<string, boolean> {
  let known = answers.get(ranges)
  if (known === undefined) answers.set(ranges, (known = new Map<string, boolean>()))
  return known
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
