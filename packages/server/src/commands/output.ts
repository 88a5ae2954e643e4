// What commands print: a table for people, in colours where a person looks, or JSON for programs. Results go to standard
// output and everything else to standard error, so that a pipe gets results only.

import { styleText } from 'node:util'

export interface Column<T> {
  readonly title: string
  readonly of: (item: T) => string
}

/** Prints items as a table, or as JSON. `none` is said where there are none. */
export function printList<T>(
  items: readonly T[],
  {
    columns,
    isJson,
    none,
  }: { readonly columns: readonly Column<T>[]; readonly isJson: boolean; readonly none: string },
): void {
  if (isJson) return printJson(items)
  if (items.length === 0) return note(none)
  console.log(table(items, columns))
}

export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, undefined, 2))
}

/** For the person who called: not part of the result. */
export function note(text: string): void {
  console.error(text)
}

function table<T>(items: readonly T[], columns: readonly Column<T>[]): string {
  const rows = items.map((item) => columns.map(({ of }) => printable(of(item))))
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  const head = styleText('bold', line(columns.map(({ title }) => title)), { stream: process.stdout })
  return [head, ...rows.map(line)].join('\n')
}

/** A device calls itself what it likes: nothing of it reaches a terminal as a command, or turns the text around. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
}

/** An instant for people: to the second, in UTC. */
export function shortTime(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ')
}

/** Whether a person looks at what goes to standard error. */
export function isWatched(): boolean {
  return process.stderr.isTTY
}
