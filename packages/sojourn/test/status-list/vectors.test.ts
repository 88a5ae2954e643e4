// The examples of draft-ietf-oauth-status-list-20, as its authors publish them, and lists of ours as zlib and jose see them.

import { readFileSync } from 'node:fs'
import { inflateSync } from 'node:zlib'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { encodeStatusList } from '../../src/core/status-list.ts'
import { readStatusList, statusAt, type StatusList } from '../../src/status-list.ts'
import { opened } from '../support/forge.ts'

function example(name: string): string {
  return readFileSync(new URL(`../vectors/status-list/examples/${name}.md`, import.meta.url), 'utf8')
}

/** A list of the draft, whose long lines are broken for print. */
function listIn(name: string): StatusList {
  const text = example(name)
  const json = JSON.parse(text.slice(text.indexOf('{')).replaceAll(/\n\s*/g, '')) as unknown
  return readStatusList(json)!
}

/** Every status that is not 0, by its index. */
function notValid(list: StatusList): Record<number, number> {
  const found: Record<number, number> = {}
  for (let index = 0; ; index++) {
    const status = statusAt(list, index)
    if (status === undefined) return found
    if (status !== 0) found[index] = status
  }
}

const sizeOf = ({ bits, bytes }: StatusList): number => (bytes.length * 8) / bits

describe('R171 the examples of the draft', () => {
  it('§4.1: one bit for each of sixteen, the lowest first', () => {
    const list = listIn('status_list_encoding_json')
    expect(Buffer.from(list.bytes).toString('hex')).toBe('b9a3')
    const statuses = Array.from({ length: 17 }, (_, index) => statusAt(list, index))
    expect(statuses).toEqual([1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1, undefined])
  })

  it('§4.1: two bits for each of twelve', () => {
    const list = listIn('status_list_encoding2_json')
    expect(Buffer.from(list.bytes).toString('hex')).toBe('c944f9')
    const statuses = Array.from({ length: 13 }, (_, index) => statusAt(list, index))
    expect(statuses).toEqual([1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3, undefined])
  })

  it('appendix: 2^20 statuses of one bit', () => {
    const list = listIn('status_list_encoding1_long_json')
    expect(sizeOf(list)).toBe(2 ** 20)
    const places = [0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345]
    expect(notValid(list)).toEqual(Object.fromEntries(places.map((index) => [index, 1])))
  })

  it('appendix: 2^20 statuses of two bits', () => {
    const list = listIn('status_list_encoding2_long_json')
    expect(sizeOf(list)).toBe(2 ** 20)
    expect(notValid(list)).toEqual({
      0: 1,
      1993: 2,
      25460: 1,
      159495: 3,
      495669: 1,
      554353: 1,
      645645: 2,
      723232: 1,
      854545: 1,
      934534: 2,
      1000345: 3,
    })
  })

  it('appendix: 2^20 statuses of four bits', () => {
    const list = listIn('status_list_encoding4_json')
    expect(sizeOf(list)).toBe(2 ** 20)
    expect(notValid(list)).toEqual({
      0: 1,
      1993: 2,
      35460: 3,
      459495: 4,
      595669: 5,
      754353: 6,
      845645: 7,
      923232: 8,
      924445: 9,
      934534: 10,
      1004534: 11,
      1000345: 12,
      1030203: 13,
      1030204: 14,
      1030205: 15,
    })
  })

  it('appendix: 2^20 statuses of eight bits, each of them once', () => {
    const list = listIn('status_list_encoding8_json')
    expect(sizeOf(list)).toBe(2 ** 20)
    const found = notValid(list)
    expect(Object.values(found).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 255 }, (_, n) => n + 1),
    )
    expect([found[52451], found[1199], found[19535]]).toEqual([1, 121, 255])
  })

  it('§5.1: the token says what its example says, in the form that it is printed in', () => {
    const said = opened(example('status_list_jwt_raw').replaceAll(/\s/g, ''))
    const [header, payload] = example('status_list_jwt')
      .split('\n.\n')
      .map((text) => JSON.parse(text) as Record<string, unknown>)
    expect(said.header).toEqual(header)
    expect(said.payload).toMatchObject(payload!)
    expect(notValid(readStatusList(said.payload['status_list'])!)).toEqual(
      notValid(listIn('status_list_encoding_json')),
    )
  })
})

describe('R171 a list of ours', () => {
  it('has exactly the places that were invalid, as zlib reads it', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(4095), { maxLength: 60 }), (indexes) => {
        const { bits, lst } = encodeStatusList(4096, indexes)
        const bytes = inflateSync(Buffer.from(lst, 'base64url'))
        const set = Array.from({ length: 4096 }, (_, index) => index).filter(
          (index) => (bytes[Math.floor(index / 8)]! & (1 << (index % 8))) !== 0,
        )
        expect([bits, bytes.length, set]).toEqual([1, 512, indexes.toSorted((a, b) => a - b)])
        const list = readStatusList({ bits, lst })!
        expect(indexes.every((index) => statusAt(list, index) === 1)).toBe(true)
      }),
      { numRuns: 100 },
    )
  })
})

describe('R171 A109 what is no list', () => {
  const { lst } = encodeStatusList(64, [1])
  it.each([
    ['nothing', undefined],
    ['three bits', { bits: 3, lst }],
    ['bits as text', { bits: '1', lst }],
    ['no lst', { bits: 1 }],
    ['padded base64', { bits: 1, lst: `${lst}=` }],
    ['not deflated', { bits: 1, lst: 'AAAA' }],
    ['cut off', { bits: 1, lst: lst.slice(0, -8) }],
    ['a bomb of 64 MiB', { bits: 1, lst: encodeStatusList(2 ** 29, []).lst }],
    ['endless', { bits: 1, lst: 'A'.repeat(3_000_000) }],
  ])('%s is refused', (_, value) => {
    expect(readStatusList(value)).toBeUndefined()
  })

  it.each([-1, 0.5, 64, 2 ** 31, 2 ** 53, Infinity, Number.NaN])('the index %d has no status', (index) => {
    expect(statusAt(readStatusList({ bits: 1, lst })!, index)).toBeUndefined()
  })
})
