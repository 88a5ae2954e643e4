// The parser and the serialiser of structured fields, held to the tests of the HTTP working group.

import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'

import {
  isInnerList,
  parseDictionary,
  parseItem,
  parseList,
  serializeDictionary,
  serializeItem,
  serializeList,
  token,
  type BareItem,
  type Item,
  type Member,
} from '../../src/http/structured-fields.ts'

interface Vector {
  readonly name: string
  readonly raw: readonly string[]
  readonly header_type: 'item' | 'list' | 'dictionary'
  readonly must_fail?: boolean
  readonly can_fail?: boolean
  readonly expected?: unknown
  readonly canonical?: readonly string[]
}

const kinds = {
  item: (lines: readonly string[]) => told(parseItem(lines), shownItem, serializeItem),
  list: (lines: readonly string[]) => told(parseList(lines), (list) => list.map(shown), serializeList),
  dictionary: (lines: readonly string[]) =>
    told(
      parseDictionary(lines),
      (members) => [...members].map(([key, member]) => [key, shown(member)]),
      serializeDictionary,
    ),
} as const

function told<T>(
  value: T | undefined,
  show: (value: T) => unknown,
  write: (value: T) => string,
): { value: unknown; text: string } | undefined {
  return value === undefined ? undefined : { value: show(value), text: write(value) }
}

// As the vectors write them down.
function shown(member: Member): unknown {
  if (!isInnerList(member)) return shownItem(member)
  return [member.value.map(shownItem), parametersOf(member)]
}

function shownItem(item: Item): unknown {
  return [shownBare(item.value), parametersOf(item)]
}

function parametersOf({ parameters }: Member): unknown {
  return [...parameters].map(([key, value]) => [key, shownBare(value)])
}

function shownBare(value: BareItem): unknown {
  if (typeof value !== 'object') return value
  switch (value.kind) {
    case 'token':
      return { __type: 'token', value: value.value }
    case 'decimal':
      return value.value
    case 'bytes':
      return { __type: 'binary', value: base32(value.value) }
  }
}

function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const groups = bits.match(/.{1,5}/g) ?? []
  const letters = groups.map(
    (group) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(group.padEnd(5, '0'), 2)],
  )
  return letters.join('').padEnd(Math.ceil(letters.length / 8) * 8, '=')
}

const failure = 'fails'

function wanted({ name, raw, must_fail: mustFail, expected, canonical = raw }: Vector): unknown {
  return mustFail ? { name, is: failure } : { name, is: expected, text: canonical }
}

function outcomeOf(vector: Vector): unknown {
  const { name, raw, header_type: type, can_fail: canFail } = vector
  const read = kinds[type](raw)
  if (!read) return canFail ? wanted(vector) : { name, is: failure }
  // An empty list is no field.
  return { name, is: read.value, text: read.text === '' ? [] : [read.text] }
}

const folder = join(import.meta.dirname, '../vectors/sf-tests')
const files = globSync('*.json', { cwd: folder }).toSorted()

describe('R181 structured fields (RFC 9651)', () => {
  it('are tested by all files', () => {
    expect(files).toHaveLength(9)
  })

  describe.each(files)('%s', (file) => {
    const vectors = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Vector[]
    it(`agrees with all ${vectors.length} of ${basename(file)}`, () => {
      expect(vectors.map(outcomeOf)).toEqual(vectors.map(wanted))
    })
  })

  it('are not written where they have no spelling', () => {
    const none = new Map<string, BareItem>()
    const values = [
      'é',
      'line\nbreak',
      1.5,
      1e15,
      Number.NaN,
      token('(x'),
      token(''),
      { kind: 'decimal', value: 1e12 },
    ] as const
    for (const value of values) expect(() => serializeItem({ value, parameters: none })).toThrow(RangeError)
    for (const key of ['', 'Key', 'a=b'])
      expect(() => serializeItem({ value: 1, parameters: new Map([[key, 1]]) })).toThrow(RangeError)
    expect(() => serializeDictionary(new Map([['K', { value: 1, parameters: none }]]))).toThrow(RangeError)
  })

  it('have numbers of fifteen digits at most, and what is not understood makes them worthless', () => {
    expect(parseItem(['-999999999999999'])?.value).toBe(-999_999_999_999_999)
    for (const bad of [
      '1000000000000000',
      '1.',
      '1.2345',
      '1234567890123.1',
      '-',
      '@1659578233',
      '%"f%c3%bc"',
      '?2',
      ':=:x',
    ])
      expect(parseItem([bad])).toBeUndefined()
    expect(
      serializeItem({ value: { kind: 'decimal', value: 1.5 }, parameters: new Map([['x', false]]) }),
    ).toBe('1.5;x=?0')
  })
})
