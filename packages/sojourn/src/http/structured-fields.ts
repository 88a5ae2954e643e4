// Structured field values (RFC 9651): header fields that have a grammar of their own. Items, lists and dictionaries of
// integers, decimals, strings, tokens, byte sequences and booleans are read and written; dates and display strings, which
// no header of ours has, are not understood, and make a field as worthless as any other mistake in it: there is no lenient
// reading.

import { Buffer } from 'node:buffer'

export type BareItem =
  | string
  | number
  | boolean
  | { readonly kind: 'token'; readonly value: string }
  | { readonly kind: 'decimal'; readonly value: number }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }

export type Parameters = ReadonlyMap<string, BareItem>

export interface Item {
  readonly value: BareItem
  readonly parameters: Parameters
}

export interface InnerList {
  readonly value: readonly Item[]
  readonly parameters: Parameters
}

export type Member = Item | InnerList

export function token(value: string): BareItem {
  return { kind: 'token', value }
}

export function isInnerList(member: Member): member is InnerList {
  return Array.isArray(member.value)
}

// ---------------------------------------------------------------------------------------------- reading

class Malformed extends Error {}

/** The lines of one field as an item; undefined if they are none (§4.2). */
export function parseItem(lines: readonly string[]): Item | undefined {
  return whole(lines, (reader) => reader.item())
}

/** As a list; empty where there is no line. */
export function parseList(lines: readonly string[]): readonly Member[] | undefined {
  return whole(lines, (reader) => reader.list())
}

/** As a dictionary. */
export function parseDictionary(lines: readonly string[]): ReadonlyMap<string, Member> | undefined {
  return whole(lines, (reader) => reader.dictionary())
}

function whole<T>(lines: readonly string[], read: (reader: Reader) => T): T | undefined {
  try {
    const reader = new Reader(lines.join(', '))
    reader.spaces()
    const value = read(reader)
    reader.spaces()
    reader.end()
    return value
  } catch (error) {
    if (error instanceof Malformed) return undefined
    throw error
  }
}

const patterns = {
  number: /-?\d+(\.\d*)?/y,
  string: /"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y,
  token: /[A-Za-z*][!#$%&'*+.^`|~\w:/-]*/y,
  bytes: /:([A-Za-z0-9+/]*={0,2}):/y,
  boolean: /\?([01])/y,
  key: /[a-z*][a-z0-9_.*-]*/y,
  spaces: / */y,
  optional: /[ \t]*/y,
} as const

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  #next(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (!match) throw new Malformed()
    this.#at = pattern.lastIndex
    return match
  }

  #take(character: string): boolean {
    const isNext = this.#text[this.#at] === character
    if (isNext) this.#at++
    return isNext
  }

  spaces(): void {
    this.#next(patterns.spaces)
  }

  end(): void {
    if (this.#at < this.#text.length) throw new Malformed()
  }

  list(): readonly Member[] {
    const members: Member[] = []
    this.#members(() => members.push(this.#member()))
    return members
  }

  dictionary(): ReadonlyMap<string, Member> {
    const members = new Map<string, Member>()
    this.#members(() => {
      const [key] = this.#next(patterns.key)
      const member = this.#take('=') ? this.#member() : { value: true, parameters: this.#parameters() }
      members.set(key, member)
    })
    return members
  }

  // Between members there is a comma, and after it there is a member.
  #members(read: () => void): void {
    while (this.#at < this.#text.length) {
      read()
      this.#next(patterns.optional)
      if (this.#at === this.#text.length) return
      if (!this.#take(',')) throw new Malformed()
      this.#next(patterns.optional)
      if (this.#at === this.#text.length) throw new Malformed()
    }
  }

  #member(): Member {
    return this.#take('(') ? this.#innerList() : this.item()
  }

  #innerList(): InnerList {
    const items: Item[] = []
    for (;;) {
      this.spaces()
      if (this.#take(')')) return { value: items, parameters: this.#parameters() }
      items.push(this.item())
      const next = this.#text[this.#at]
      if (next !== ' ' && next !== ')') throw new Malformed()
    }
  }

  item(): Item {
    return { value: this.#bareItem(), parameters: this.#parameters() }
  }

  #parameters(): Parameters {
    const parameters = new Map<string, BareItem>()
    while (this.#take(';')) {
      this.spaces()
      const [key] = this.#next(patterns.key)
      parameters.set(key, this.#take('=') ? this.#bareItem() : true)
    }
    return parameters
  }

  #bareItem(): BareItem {
    const first = this.#text[this.#at] ?? ''
    if (first === '"') return this.#next(patterns.string)[1]!.replaceAll(/\\(.)/g, '$1')
    if (first === '?') return this.#next(patterns.boolean)[1] === '1'
    if (first === ':') return { kind: 'bytes', value: Buffer.from(this.#next(patterns.bytes)[1]!, 'base64') }
    if (/[-\d]/.test(first)) return numberIn(this.#next(patterns.number)[0])
    return token(this.#next(patterns.token)[0])
  }
}

// §4.2.4: at most fifteen digits, or twelve and three.
function numberIn(text: string): BareItem {
  const [, whole = '', fraction] = /^-?(\d+)(?:\.(\d*))?$/.exec(text) ?? []
  if (fraction === undefined) {
    if (whole.length > 15) throw new Malformed()
    return Number(text)
  }
  if (whole.length > 12 || fraction.length < 1 || fraction.length > 3) throw new Malformed()
  return { kind: 'decimal', value: Number(text) }
}

// ---------------------------------------------------------------------------------------------- writing

/** An item as a field value (§4.1); throws RangeError for what has no spelling. */
export function serializeItem({ value, parameters }: Item): string {
  return serializeBare(value) + serializeParameters(parameters)
}

/** A list as a field value; an empty one is no field at all. */
export function serializeList(members: readonly Member[]): string {
  return members.map(serializeMember).join(', ')
}

/** A dictionary as a field value. */
export function serializeDictionary(members: ReadonlyMap<string, Member>): string {
  return [...members]
    .map(([key, member]) =>
      member.value === true
        ? checked(key, patterns.key) + serializeParameters(member.parameters)
        : `${checked(key, patterns.key)}=${serializeMember(member)}`,
    )
    .join(', ')
}

function serializeMember(member: Member): string {
  if (!isInnerList(member)) return serializeItem(member)
  return `(${member.value.map(serializeItem).join(' ')})${serializeParameters(member.parameters)}`
}

function serializeParameters(parameters: Parameters): string {
  return [...parameters]
    .map(
      ([key, value]) => `;${checked(key, patterns.key)}${value === true ? '' : `=${serializeBare(value)}`}`,
    )
    .join('')
}

function serializeBare(value: BareItem): string {
  if (typeof value === 'string') return checked(`"${value.replaceAll(/["\\]/g, '\\$&')}"`, patterns.string)
  if (typeof value === 'boolean') return value ? '?1' : '?0'
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || Math.abs(value) > 999_999_999_999_999) throw new RangeError('no integer')
    return String(value)
  }
  switch (value.kind) {
    case 'token':
      return checked(value.value, patterns.token)
    case 'bytes':
      return `:${Buffer.from(value.value).toString('base64')}:`
    case 'decimal':
      return serializeDecimal(value.value)
  }
}

function serializeDecimal(value: number): string {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e12) throw new RangeError('no decimal')
  return value.toFixed(3).replace(/0{1,2}$/, '')
}

function checked(text: string, pattern: RegExp): string {
  pattern.lastIndex = 0
  if (pattern.exec(text)?.[0] !== text)
    throw new RangeError(`${JSON.stringify(text)} cannot be written in a field`)
  return text
}
