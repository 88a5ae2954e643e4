// `sojourn sessions export`: all live sessions as lines of JSON, to move them to another store, or to keep a copy. Nothing
// in them signs anybody in: the secrets of clients are not known here. They are as good as before where issuer and secrets
// are the same.
//
// It may be killed at any moment and started again with the same file: a checkpoint beside it says how much of it is
// whole. What ends while it is written is named at its end, as far as the feed of the store tells.

import { once } from 'node:events'
import {
  closeSync,
  createReadStream,
  existsSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  writeSync,
} from 'node:fs'
import { createInterface } from 'node:readline'

import type { Entry } from 'sojourn'
import { z } from 'zod'

import { checkpointAt } from '../transfer/checkpoint.ts'
import { endedSince } from '../transfer/ended.ts'
import { lineOf, type head } from '../transfer/lines.ts'
import { movablePages } from '../transfer/movable.ts'
import { note, printJson } from './output.ts'
import { startProgress } from './progress.ts'
import { within, type Within } from './within.ts'

type Flags = Readonly<Record<string, unknown>> & { readonly json?: boolean }

const exportState = z.strictObject({
  startedAt: z.int(),
  cursor: z.string().optional(),
  /** Of the file; what is behind them was not finished. */
  bytes: z.int(),
  exported: z.int(),
})
type ExportState = z.infer<typeof exportState>

const patience = 15_000

/** Writes all live sessions to a file that only its owner can read, or to standard output. */
export function exportSessions(file: string | undefined, flags: Flags): Promise<number> {
  return within(flags, async (given) => {
    if (file === undefined) return exportToOutput(given)
    const exported = await exportToFile(given, file)
    if (flags.json) printJson({ exported, file })
    else note(`Exported ${exported}.`)
    return 0
  })
}

function headOf({ sojourn }: Within, startedAt: number): string {
  const { issuer, environment } = sojourn.settings
  const exportedAt = new Date(startedAt).toISOString()
  return lineOf({ sojourn: 'sessions', version: 1, issuer, environment, exportedAt } satisfies z.infer<
    typeof head
  >)
}

async function exportToOutput(given: Within): Promise<number> {
  const startedAt = Date.now()
  const write = async (text: string): Promise<void> => {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain')
  }
  const { store } = given.store
  const ended = endedSince(store, startedAt)
  const seen = new Set<string>()
  try {
    await write(headOf(given, startedAt))
    for await (const { items } of movablePages(store, undefined)) await write(newLines(items, seen))
    await ended.caughtUp(patience)
    await write(endedLines(ended.news(), seen))
  } finally {
    ended.close()
  }
  note(`Exported ${seen.size}.`)
  return 0
}

// Some stores show an entry twice.
function newLines(items: readonly Entry[], seen: Set<string>): string {
  const fresh = items.filter(({ id }) => !seen.has(id))
  for (const { id } of fresh) seen.add(id)
  return fresh.map(lineOf).join('')
}

function endedLines(ids: readonly string[], seen: ReadonlySet<string>): string {
  const ended = ids.filter((id) => seen.has(id))
  return ended.length === 0 ? '' : lineOf({ ended })
}

async function exportToFile(given: Within, file: string): Promise<number> {
  const { store } = given.store
  const checkpoint = checkpointAt(`${file}.checkpoint`, exportState)
  const found = checkpoint.read()
  const state: ExportState = found ?? { startedAt: Date.now(), bytes: 0, exported: 0 }
  if (!found && existsSync(file)) throw new Error(`${file} is there already, and is not written over.`)
  // First, so that a file without one is nobody's half-written export.
  checkpoint.write(state)
  if (found) note(`Going on from ${checkpoint.path}.`)
  const seen = new Set<string>()
  if (existsSync(file)) for await (const id of idsIn(file, state.bytes)) seen.add(id)
  const handle = openSync(file, existsSync(file) ? 'r+' : 'wx', 0o600)
  const ended = endedSince(store, state.startedAt)
  try {
    ftruncateSync(handle, state.bytes)
    const append = (text: string): void => {
      const bytes = Buffer.from(text)
      for (let written = 0; written < bytes.length;)
        written += writeSync(handle, bytes, written, bytes.length - written, state.bytes + written)
      fdatasyncSync(handle)
      state.bytes += bytes.length
    }
    if (state.bytes === 0) append(headOf(given, state.startedAt))
    const bar = startProgress({ doing: 'Exporting sessions', total: await totalIn(given) })
    for await (const { items, read, next } of movablePages(store, state.cursor)) {
      append(newLines(items, seen))
      state.exported = seen.size
      if (next !== undefined) checkpoint.write(Object.assign(state, { cursor: next }))
      bar.advance(read)
    }
    bar.stop()
    if (!(await ended.caughtUp(patience)))
      note('The store did not tell in time what has ended while this was written.')
    append(endedLines(ended.news(), seen))
  } finally {
    ended.close()
    closeSync(handle)
  }
  checkpoint.remove()
  return seen.size
}

async function totalIn({ sojourn }: Within): Promise<number> {
  const { live, expired } = (await sojourn.stats()) ?? { live: 0, expired: 0 }
  return live + expired
}

async function* idsIn(file: string, bytes: number): AsyncGenerator<string> {
  if (bytes === 0) return
  for await (const text of createInterface({ input: createReadStream(file, { end: bytes - 1 }) })) {
    const { id } = JSON.parse(text) as { id?: string }
    if (id !== undefined) yield id
  }
}
