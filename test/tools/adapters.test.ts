import { describe, expect, it } from 'vitest'
import { codeLines, linesOfAdapters, shownIn, tableOf } from '../../tools/adapters.ts'

describe('the lines of an adapter', () => {
  it('are at most 80, comments and blank lines not counted', () => {
    const lines = linesOfAdapters()
    expect(lines.size).toBeGreaterThan(5)
    expect([...lines].filter(([, count]) => count > 80)).toEqual([])
  })

  it('are those that the compiler reads', () => {
    expect(codeLines('// why\n\nconst a = 1 // so\n/** what\n * it is\n */\nconst b = a * 2\n')).toBe(2)
  })
})

describe('the table of the adapter suite', () => {
  const result = (group: string, title: string, status: string): object => ({
    ancestorTitles: ['a group around it', group],
    title,
    status,
  })
  const json = JSON.stringify({
    testResults: [
      {
        name: '/packages/sojourn/test/adapter/koa.test.ts',
        assertionResults: [
          result('Koa 3: guards', 'R1: one', 'passed'),
          result('Koa 3: guards', 'R2: two', 'failed'),
          result('Koa 3: forgery', 'R3: three', 'passed'),
        ],
      },
      {
        name: '/packages/sojourn/test/adapter/answers.test.ts',
        assertionResults: [result('a Response', 'is what it is', 'passed')],
      },
      {
        name: '/packages/sojourn/test/store/memory.test.ts',
        assertionResults: [result('memory: races', 'R1: one', 'passed')],
      },
    ],
  })

  it('counts, for each adapter and group, how many behaviours it has shown', () => {
    expect(tableOf(shownIn(json), 'part').split('\n')).toEqual([
      '| adapter | guards | forgery |',
      '| --- | --- | --- |',
      '| Koa 3 | 1/2 | 1/1 |',
    ])
  })

  it('shows every behaviour by itself where that is asked for', () => {
    expect(tableOf(shownIn(json), 'story').split('\n').slice(2)).toEqual([
      '| R1: one | ✓ |',
      '| R2: two | 0/1 |',
      '| R3: three | ✓ |',
    ])
  })
})
