// The page about performance says what the last full run has found, and nothing else.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { pagesOf } from '../charts/publish.ts'
import { drawn } from '../charts/svg.ts'
import type { Results } from '../compare/machine.ts'
import { rows } from '../compare/rows.ts'
import { spreadOf } from '../compare/statistics.ts'
import { byQuestion } from '../compare/text.ts'

const results = JSON.parse(
  readFileSync(join(import.meta.dirname, '../results/compare.json'), 'utf8'),
) as Results

describe('the published figures', () => {
  it('stand in the page and its charts as they were found', () => {
    for (const [file, content] of pagesOf(results))
      expect({ file, content }).toEqual({
        file,
        content: readFileSync(join(import.meta.dirname, '../../docs', file), 'utf8'),
      })
  })

  it('are those of every row', () => {
    expect([...new Set(results.figures.map(({ row }) => row))]).toEqual(Object.keys(rows))
  })
})

describe('a chart', () => {
  it('draws each bar as long as its value, and what it is called as text', () => {
    const bar = { kind: 'peer', lower: 1, upper: 3 } as const
    const svg = drawn({
      title: 'Letters & <signs>',
      unit: 'µs',
      groups: [
        {
          title: 'a group',
          bars: [
            { ...bar, label: 'one', value: 1 },
            { ...bar, label: 'four', value: 4 },
          ],
        },
      ],
    })
    const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width))
    expect(widths[1]! / widths[0]!).toBeCloseTo(4, 1)
    expect(svg).toContain('Letters &amp; &lt;signs>')
  })
})

describe('a row that asks several questions', () => {
  it('shows the answers to each together, the least first', () => {
    const answer = (name: string, question: string, cost: number) =>
      ({ name, kind: 'ours', question, cost: { median: cost, lower: cost, upper: cost } }) as const
    expect(
      byQuestion([answer('a', 'how long', 2), answer('b', 'how large', 1), answer('c', 'how long', 1)]).map(
        ({ question, answers }) => [question, ...answers.map(({ name }) => name)],
      ),
    ).toEqual([
      ['how long', 'c', 'a'],
      ['how large', 'b'],
    ])
  })
})

describe('a spread', () => {
  it('is the median and the quartiles, between two values where there is none in the middle', () => {
    expect(spreadOf([5, 1, 3, 2, 4])).toEqual({ median: 3, lower: 2, upper: 4 })
    expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, lower: 1.75, upper: 3.25 })
    expect(spreadOf([7])).toEqual({ median: 7, lower: 7, upper: 7 })
  })
})
