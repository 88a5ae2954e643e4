// The pages that list every error and every event, held to the sources.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errors } from '../src/core/errors.ts'

const root = join(import.meta.dirname, '../../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** The rows of all tables of a page, as cells. */
function rowsOf(page: string): string[][] {
  const lines = read(page)
    .split('\n')
    .filter((line) => line.startsWith('| '))
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

const quoted = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text!)

describe('docs/errors.md', () => {
  it('has every error of errors.ts, with its status and its OAuth error, and no other', () => {
    const documented = rowsOf('docs/errors.md')
      .filter(([code]) => code!.startsWith('`'))
      .map(([code, status, oauth]) => `${quoted(code)[0]} ${status} ${quoted(oauth)[0] ?? '–'}`)
    const actual = Object.entries(errors).map(
      ([code, { status, oauth }]) => `${code} ${status} ${oauth ?? '–'}`,
    )
    expect(documented.toSorted()).toEqual(actual.toSorted())
  })
})

describe('docs/events.md', () => {
  const source = read('packages/sojourn/src/core/events.ts')
  const about = ['sessionId', 'subject?', 'tenant?']

  function actualEvents(): Map<string, { level: string; members: string[] }> {
    const union = source.slice(source.indexOf('export type SojournEvent ='), source.indexOf('/** A listener'))
    const events = union.split(/^ {2}\| /m).slice(1)
    return new Map(
      events.flatMap((text) => {
        const member = (name: string): string =>
          new RegExp(`readonly ${name}: ([^\\n;}]+)`).exec(text)?.[1] ?? ''
        const own = [...text.matchAll(/readonly (\w+\??):/g)].map(([, name]) => name!)
        const members = [
          ...(text.includes('About &') ? about : []),
          ...own.filter((name) => !['type', 'level', 'at'].includes(name)),
        ]
        const level = [...member('level').matchAll(/'(\w+)'/g)].map(([, name]) => name).join(' or ')
        return [...member('type').matchAll(/'([\w.]+)'/g)].map(
          ([, type]) => [type!, { level, members: members.toSorted() }] as const,
        )
      }),
    )
  }

  it('has every event of events.ts, with its level and its members, and no other', () => {
    const documented = rowsOf('docs/events.md')
      .filter(([type]) => /^`\w+\.\w+`$/.test(type!))
      .map(
        ([type, level, members]) =>
          [
            quoted(type)[0]!,
            { level: quoted(level).join(' or '), members: quoted(members).toSorted() },
          ] as const,
      )
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(actualEvents()))
    expect(documented.length).toBeGreaterThan(20)
  })

  it('has every reason for which a session ends, and no other', () => {
    const union = /export type EndReason =([\s\S]*?)\n\n/.exec(source)![1]!
    const actual = [...union.matchAll(/\| '(\w+)'/g)].map(([, reason]) => reason)
    const page = read('docs/events.md')
    const documented = [...page.slice(page.indexOf('## Why')).matchAll(/^\| `(\w+)` \|/gm)].map(
      ([, reason]) => reason,
    )
    expect(documented).toEqual(actual)
  })
})

describe('docs/guides/middleware-chain.md', () => {
  it('names the status of every code as errors.ts does', () => {
    const rows = rowsOf('docs/guides/middleware-chain.md').filter(
      (cells) => cells.length === 5 && /^`\w+`$/.test(cells[2]!),
    )
    expect(rows.length).toBeGreaterThan(10)
    for (const [, , code, status] of rows) {
      const name = quoted(code)[0] as keyof typeof errors
      expect([name, Number(status)]).toEqual([name, errors[name].status])
    }
  })
})
