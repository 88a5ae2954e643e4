// What happened, as those tell it who have seen it: every client process and the nemesis write a file of JSON lines, one
// for each operation, and the checker reads them all. Nothing is told of what a node believes: only what a client asked,
// when, and what it was answered.
//
// Times are of the machine's monotonic clock, which all processes share: milliseconds with fractions.

import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Now, by the clock that all processes of this machine share. */
export function instant(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

interface Asked {
  /** The client. */
  readonly by: string
  readonly node: number
  readonly start: number
  readonly end: number
  /**
   * `done`: answered that it happened. `refused`: answered that the credentials are no good. `unknown`: no answer, or
   * one that says nothing about what has happened; it may even happen later.
   */
  readonly result: 'done' | 'refused' | 'unknown'
  /** The status of the answer; 0 if there was none. */
  readonly status: number
  /** The code of a refusal, or why there was no answer. */
  readonly why?: string
}

/**
 * What an operation was authorized with: `session`, a session token, maybe with an access token beside it; `access`, an
 * access token alone; `backend`, nothing: the application's own server asks.
 */
export type Carried = 'session' | 'access' | 'backend'

export type Scope = 'this' | 'others' | 'all'

/** One operation. */
export type Done = Asked &
  (
    | {
        readonly op: 'sign-in'
        readonly subject: string
        readonly session?: string
        readonly replaces?: string
      }
    | Owned<'use', { readonly refreshed?: boolean; readonly rank?: number }>
    | Owned<'refresh', object>
    | Owned<'update', { readonly mark: string }>
    | Owned<'promote', { readonly rank?: number }>
    | Owned<'read', { readonly marks?: readonly string[]; readonly rank?: number }>
    | Owned<'sign-out', { readonly subject: string; readonly scope: Scope }>
    | Owned<'revoke', object>
    | { readonly op: 'list'; readonly subject: string; readonly sessions?: readonly string[] }
  )

type Owned<Op extends string, Rest> = {
  readonly op: Op
  readonly session: string
  readonly carried: Carried
} & Rest

/** Something that the nemesis did. */
export interface Fault {
  readonly fault: string
  readonly to: string
  readonly start: number
  readonly end: number
}

export interface History {
  /** In the order in which they began. */
  readonly done: readonly Done[]
  readonly faults: readonly Fault[]
}

export interface Pen {
  write(line: Done | Fault): void
  close(): void
}

/** Writes one file of a history. A line is in the file when `write` returns. */
export function openPen(folder: string, name: string): Pen {
  const file = openSync(join(folder, `${name}.history.jsonl`), 'a')
  return {
    write: (line) => void writeSync(file, `${JSON.stringify(line)}\n`),
    close: () => closeSync(file),
  }
}

export function readHistory(folder: string): History {
  const files = readdirSync(folder).filter((name) => name.endsWith('.history.jsonl'))
  const texts = files.flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
  const lines = texts.filter((text) => text !== '').map((text) => JSON.parse(text) as Done | Fault)
  const inOrder = <T extends { readonly start: number }>(items: T[]): T[] =>
    items.sort((a, b) => a.start - b.start)
  return {
    done: inOrder(lines.filter((line) => 'op' in line)),
    faults: inOrder(lines.filter((line) => 'fault' in line)),
  }
}
