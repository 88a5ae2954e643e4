// `sojourn sessions import`: the sessions of an export, into the store. It overwrites none that is there, and brings back
// none of which it is told that it has ended: by the export, of those that ended while it was written, and by the feed of
// this store, for as long as that remembers.
//
// It may be killed at any moment and started again with the same file: a checkpoint beside it says how far it has come.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

import { SojournError, type Store } from 'sojourn'
import { z } from 'zod'

import { checkpointAt } from '../transfer/checkpoint.ts'
import { endedSince, type Ended } from '../transfer/ended.ts'
import { head, jsonIn, line, malformed, parsed } from '../transfer/lines.ts'
import { isMovable, pageSize, together } from '../transfer/movable.ts'
import { note, printJson } from './output.ts'
import { within, type Within } from './within.ts'

type Flags = Readonly<Record<string, unknown>> & { readonly json?: boolean }
type Line = z.infer<typeof line>

const importState = z.strictObject({
  /** The first line: of another file of that name nothing is done yet. */
  head: z.string(),
  /** How many lines are done. */
  lines: z.int(),
  imported: z.int(),
  present: z.int(),
  expired: z.int(),
  ended: z.int(),
})
type ImportState = z.infer<typeof importState>

const patience = 15_000

/** Reads sessions from a file, or from standard input. */
export function importSessions(file: string | undefined, flags: Flags): Promise<number> {
  return within(flags, async (given) => {
    const { imported, present, expired, ended } = await importFrom(given, file)
    if (flags.json) printJson({ imported, present, expired, ended })
    else note(`Imported ${imported}; ${present} were there, ${expired} had expired, ${ended} had ended.`)
    return 0
  })
}

async function importFrom(given: Within, file: string | undefined): Promise<ImportState> {
  const { store, shown } = given.store
  // One for each store that the file is read into.
  const place = createHash('sha256').update(shown).digest('hex').slice(0, 8)
  const checkpoint = file === undefined ? undefined : checkpointAt(`${file}.${place}.checkpoint`, importState)
  const found = checkpoint?.read()
  let state: ImportState = { head: '', lines: 1, imported: 0, present: 0, expired: 0, ended: 0 }
  const known = new Set<string>()
  let batch: Line[] = []
  let ended: Ended | undefined
  const finish = async (): Promise<void> => {
    await bring(store, batch, state, (id) => known.has(id) || ended?.has(id) === true)
    for (const id of ended?.news() ?? []) if (await store.remove(id)) state.ended++
    state.lines += batch.length
    batch = []
    checkpoint?.write(state)
  }
  let number = 0
  try {
    const input = file === undefined ? process.stdin : createReadStream(file)
    for await (const text of createInterface({ input })) {
      number++
      if (number === 1) {
        const { exportedAt, ...from } = parsed(head, text, number)
        requireSame(from, given)
        for (const id of file === undefined ? [] : await endedIn(file)) known.add(id)
        if (found?.head === text) note(`Going on from ${checkpoint?.path}.`)
        state = found?.head === text ? found : { ...state, head: text }
        ended = endedSince(store, Date.parse(exportedAt) || Date.now())
        await ended.caughtUp(patience)
      } else if (number > state.lines) {
        batch.push(lineIn(text, number))
        if (batch.length === pageSize) await finish()
      }
    }
    if (number === 0) throw malformed(1)
    await finish()
  } catch (error) {
    // What came before a line that is none.
    if (error instanceof SojournError && error.code === 'request_malformed' && number > 1) await finish()
    throw error
  } finally {
    ended?.close()
  }
  checkpoint?.remove()
  return state
}

function lineIn(text: string, number: number): Line {
  const read = parsed(line, text, number)
  if ('ended' in read) return read
  if (!isMovable(read) || read.id.slice(0, 8) !== read.owner.slice(0, 8)) throw malformed(number)
  return read
}

/** Those of which a later line says that they have ended: they are not even brought back for a moment. */
async function endedIn(file: string): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const text of createInterface({ input: createReadStream(file) }))
    if (text.startsWith('{"ended"')) {
      const read = line.safeParse(jsonIn(text))
      if (read.success && 'ended' in read.data) ids.push(...read.data.ended)
    }
  return ids
}

async function bring(
  store: Store,
  lines: readonly Line[],
  state: ImportState,
  hasEnded: (id: string) => boolean,
): Promise<void> {
  const now = Date.now()
  const entries = lines.flatMap((one) => ('ended' in one ? [] : [one]))
  await together(entries, async (entry) => {
    if (entry.expiresAt <= now) state.expired++
    else if (hasEnded(entry.id)) state.ended++
    else if (await store.insert(entry)) state.imported++
    else state.present++
  })
  // From standard input they come only now.
  const gone = lines.flatMap((one) => ('ended' in one ? one.ended : []))
  await together(gone, async (id) => {
    if (await store.remove(id)) state.ended++
  })
}

function requireSame(
  { issuer, environment }: Pick<z.infer<typeof head>, 'issuer' | 'environment'>,
  { sojourn }: Within,
): void {
  const { issuer: ours, environment: here } = sojourn.settings
  if (issuer === ours && environment === here) return
  throw new SojournError('request_malformed', {
    detail: `The export is of ${issuer} (${environment}), and this is ${ours} (${here}): its tokens would be worth nothing here.`,
  })
}
