import { SojournError, type Facts } from 'sojourn'
import { describe, expect, it } from 'vitest'

import { matches } from '../../src/api/if-match.ts'
import { mergePatch } from '../../src/api/merge-patch.ts'

describe('a merge patch', () => {
  // Those of RFC 7396, appendix A, whose target and patch are objects.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ] as [Facts, Facts, Facts][])('of %j by %j is %j', (target, patch, result) => {
    const before = structuredClone(target)
    expect(mergePatch(target, patch)).toEqual(result)
    expect(target).toEqual(before)
  })

  it('that is null leaves nothing', () => {
    expect(mergePatch({ a: 1 }, null)).toEqual({})
  })

  it('A38 keeps a member named __proto__ what it is, for the library to refuse', () => {
    const merged = mergePatch({}, JSON.parse('{"__proto__":{"role":"admin"},"a":{"__proto__":1}}') as Facts)
    expect(Object.hasOwn(merged, '__proto__')).toBe(true)
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
    expect(({} as { role?: string }).role).toBeUndefined()
  })

  it('that is nested without end is refused before it exhausts the stack', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`) as Facts
    expect(() => mergePatch({}, deep)).toThrow(SojournError)
    expect(() => mergePatch({}, deep)).toThrow('nested more than 16 deep')
  })
})

describe('If-Match', () => {
  it.each([
    [undefined, true],
    ['*', true],
    ['"3"', true],
    ['"2", "3"', true],
    ['"2"', false],
    ['W/"3"', false],
    ['"03"', false],
  ])('%s of version 3: %s', (header, is) => {
    expect(matches(header, 3)).toBe(is)
  })

  it.each(['3', '', '"3 "', '"3', '3"', '"2" "3"', '"2",', `"${'3'.repeat(2000)}"`])(
    '%.20j is refused',
    (header) => {
      expect(() => matches(header, 3)).toThrow('entity tags')
    },
  )
})
