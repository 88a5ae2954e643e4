import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../src/core/ip-address.ts'
import { isLoopback, isWithin, parseRanges } from '../../src/http/addresses.ts'

const hex = (bytes: readonly number[] | undefined): string | undefined =>
  bytes?.map((byte) => byte.toString(16).padStart(2, '0')).join('')

describe('an address', () => {
  it.each([
    ['192.0.2.1', 'c0000201'],
    ['0.0.0.0', '00000000'],
    ['255.255.255.255', 'ffffffff'],
    ['::', '0'.repeat(32)],
    ['::1', `${'0'.repeat(31)}1`],
    ['2001:db8::1', '20010db8000000000000000000000001'],
    ['2001:DB8:0:0:0:0:0:1', '20010db8000000000000000000000001'],
    ['fe80::1%eth0', 'fe800000000000000000000000000001'],
    ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
    ['::ffff:192.0.2.1', 'c0000201'],
    ['::ffff:c000:201', 'c0000201'],
    ['1::', `0001${'0'.repeat(28)}`],
  ])('%s is read', (text, bytes) => {
    expect(hex(parseAddress(text))).toBe(bytes)
  })

  it.each([
    '',
    'localhost',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '1.2.3.4 ',
    ' 1.2.3.4',
    '1.2.3.0x4',
    '1.2.3.+4',
    '1.2.3.4:80',
    '[::1]',
    ':',
    ':::',
    '::1::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::1',
    '::1.2.3',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '١.٢.٣.٤',
    '1'.repeat(100),
    `::${'0'.repeat(100)}`,
  ])('%j is none', (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })

  it('is 4 or 16 octets, and reading never throws', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(...'0123456789abcf:./%'.split('')) }),
      fc.ipV4(),
      fc.ipV6(),
    )
    fc.assert(
      fc.property(text, (candidate) => {
        const bytes = parseAddress(candidate)
        if (!bytes) return
        expect([4, 16]).toContain(bytes.length)
        expect(bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('of version 4 reads as the number that it writes', () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(parseAddress(text)?.join('.')).toBe(text)
      }),
    )
  })

  it('of version 6 is read as the platform reads it', () => {
    const canonical = (text: string): string | undefined => {
      const bytes = parseAddress(text)
      const groups =
        bytes && Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! * 256 + bytes[2 * i + 1]!).toString(16))
      return groups && new URL(`http://[${groups.join(':')}]`).hostname
    }
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        if (parseAddress(text)?.length === 4) return
        expect(canonical(text)).toBe(new URL(`http://[${text}]`).hostname)
      }),
    )
  })
})

describe('a range', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['172.16.0.0/12', '172.31.255.255', true],
    ['172.16.0.0/12', '172.32.0.0', false],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['192.0.2.1/31', '192.0.2.0', true],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/33', '2001:db8:8000::', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['loopback', '127.8.9.1', true],
    ['loopback', '::1', true],
    ['loopback', '::ffff:127.0.0.1', true],
    ['loopback', '128.0.0.1', false],
    ['10.0.0.0/8', 'not an address', false],
  ])('%s holds %s: %s', (range, address, expected) => {
    expect(isWithin(address, parseRanges(range)!)).toBe(expected)
  })

  it.each([
    '',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '::/129',
    'proxy.internal',
    '*',
    'Loopback',
    '10.0.0.0/8 ',
  ])('%j is none', (text) => {
    expect(parseRanges(text)).toBeUndefined()
  })

  it('holds nothing that is not there', () => {
    expect(isWithin(undefined, parseRanges('0.0.0.0/0')!)).toBe(false)
    expect(isLoopback(undefined)).toBe(false)
    expect(isWithin('127.0.0.1', [])).toBe(false)
  })

  it('holds exactly the addresses whose first bits are its own', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.ipV4(), (base, bits, address) => {
        const number = (text: string): bigint =>
          text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n)
        const expected = number(base) >> BigInt(32 - bits) === number(address) >> BigInt(32 - bits)
        expect(isWithin(address, parseRanges(`${base}/${bits}`)!)).toBe(expected)
      }),
    )
  })
})
