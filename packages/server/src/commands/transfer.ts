// `sojourn sessions export` and `import`: all live sessions as lines of JSON, to move them from one store to another, or to
// keep a copy. Nothing in them signs anybody in: the secrets of clients are not known here. They are as good as before
// where issuer and secrets are the same.
//
// An import never overwrites a session that is there. It does bring back one that has ended since the export, so a copy
// is for moving with the server stopped, and for emergencies.

import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { finished } from 'node:stream/promises'

import { SojournError, type Browsable, type Entry } from 'sojourn'
import { z } from 'zod'

import { note, printJson } from './output.ts'
import { within, type Within } from './within.ts'

type Flags = Readonly<Record<string, unknown>> & { readonly json?: boolean }

const head = z.strictObject({
  sojourn: z.literal('sessions'),
  version: z.literal(1),
  issuer: z.string(),
  environment: z.string(),
  exportedAt: z.string(),
})

const line = z.strictObject({
  id: z.string().min(8).max(128),
  owner: z.string().min(8).max(64),
  version: z.int().min(1),
  expiresAt: z.int().min(0),
  state: z.string().max(200_000),
})

/** Writes all live sessions to a file that only its owner can read, or to standard output. */
export function exportSessions(file: string | undefined, flags: Flags): Promise<number> {
  return within(flags, async ({ sojourn, store }) => {
    const { issuer, environment, clock } = sojourn.settings
    const now = clock()
    const out = file === undefined ? process.stdout : createWriteStream(file, { flags: 'wx', mode: 0o600 })
    const write = async (value: unknown): Promise<void> => {
      if (!out.write(`${JSON.stringify(value)}\n`)) await once(out, 'drain')
    }
    const exportedAt = new Date(now).toISOString()
    await write({ sojourn: 'sessions', version: 1, issuer, environment, exportedAt } satisfies z.infer<
      typeof head
    >)
    let count = 0
    for await (const entry of entriesIn(store))
      if (isSession(entry) && entry.expiresAt > now) {
        await write(entry)
        count++
      }
    if (file !== undefined) {
      out.end()
      await finished(out)
    }
    if (file !== undefined && flags.json) printJson({ exported: count, file })
    else note(`Exported ${count}.`)
    return 0
  })
}

async function* entriesIn({ store }: Within['store']): AsyncGenerator<Entry> {
  if (!('scan' in store))
    throw new SojournError('request_malformed', {
      detail: 'This store cannot be read from one end to the other.',
    })
  const browsable = store as typeof store & Browsable
  const seen = new Set<string>()
  let cursor: string | undefined
  do {
    const page = await browsable.scan(cursor, 500)
    for (const entry of page.items) {
      // Some stores show an entry twice.
      if (!seen.has(entry.id)) yield entry
      seen.add(entry.id)
    }
    cursor = page.next
  } while (cursor !== undefined)
}

// The signing keys and API keys, which say what they are, stay where they are.
function isSession({ state }: Entry): boolean {
  return (JSON.parse(state) as { t?: unknown }).t === undefined
}

/** Reads sessions from a file, or from standard input. */
export function importSessions(file: string | undefined, flags: Flags): Promise<number> {
  return within(flags, async ({ sojourn, store }) => {
    const { issuer, environment, clock } = sojourn.settings
    const now = clock()
    const counts = { imported: 0, present: 0, expired: 0 }
    let number = 0
    for await (const text of createInterface({
      input: file === undefined ? process.stdin : createReadStream(file),
    })) {
      number++
      if (number === 1) {
        requireSame(parsed(head, text, number), { issuer, environment })
        continue
      }
      const entry = parsed(line, text, number)
      if (!isSession(entry) || entry.id.slice(0, 8) !== entry.owner.slice(0, 8)) throw malformed(number)
      if (entry.expiresAt <= now) counts.expired++
      else if (await store.store.insert(entry)) counts.imported++
      else counts.present++
    }
    if (number === 0) throw malformed(1)
    if (flags.json) printJson(counts)
    else note(`Imported ${counts.imported}; ${counts.present} were there, ${counts.expired} had expired.`)
    return 0
  })
}

function requireSame(
  { issuer, environment }: z.infer<typeof head>,
  here: { readonly issuer: string; readonly environment: string },
): void {
  if (issuer === here.issuer && environment === here.environment) return
  throw new SojournError('request_malformed', {
    detail: `The export is of ${issuer} (${environment}), and this is ${here.issuer} (${here.environment}): its tokens would be worth nothing here.`,
  })
}

function parsed<T>(schema: z.ZodType<T>, text: string, number: number): T {
  const result = schema.safeParse(jsonIn(text))
  if (result.success) return result.data
  throw malformed(number)
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function malformed(number: number): SojournError {
  return new SojournError('request_malformed', {
    detail: `Line ${number} is not of an export of sessions; what came before it was imported.`,
  })
}
