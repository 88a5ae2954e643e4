// `sojourn audit`: the trail of what has happened, read where it is kept. That somebody has read it is written in it.

import { SojournError } from 'sojourn'
import type { AuditRecord, Verification } from 'sojourn/audit'

import { note, printable, printJson, printList, shortTime, type Column } from './output.ts'
import { SettingsError } from '../settings.ts'
import { caller, within } from './within.ts'

type Flags = Readonly<Record<string, unknown>> & { readonly json?: boolean }

export interface TailFlags extends Flags {
  readonly follow?: boolean
  readonly limit?: string
  readonly subject?: string
  readonly session?: string
  readonly type?: string
}

const mostShown = 1000

/** Prints the last lines of the trail, the newest last, and with `--follow` whatever comes. */
export function tailAudit(flags: TailFlags): Promise<number> {
  const { subject, session, type } = flags
  const filter = {
    ...(subject === undefined ? {} : { subject }),
    ...(session === undefined ? {} : { sessionId: session }),
    ...(type === undefined ? {} : { type }),
  }
  const print = (record: AuditRecord): void =>
    console.log(flags.json ? JSON.stringify(record) : lineOf(record))
  return within(flags, async ({ trail }) => {
    const limit = limitIn(flags.limit)
    const audit = trail()
    const after = (await audit.head())?.number ?? 0
    const records = await audit.read(caller(), { ...filter, before: after + 1 }, limit)
    for (const record of records.toReversed()) print(record)
    if (records.length === 0 && !flags.follow && !flags.json) note('Nothing like that is in the trail.')
    if (!flags.follow) return 0
    for await (const record of audit.follow(caller(), filter, { after, signal: interrupted() })) print(record)
    return 0
  })
}

function lineOf({ number: _, at, type, level, ...facts }: AuditRecord): string {
  const rest = Object.entries(facts).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return printable([shortTime(at), level.padEnd(8), type.padEnd(18), ...rest].join(' '))
}

function limitIn(text = '20'): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= mostShown) return limit
  throw new SojournError('request_malformed', { detail: `--limit must be from 1 to ${mostShown}.` })
}

function interrupted(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort())
  return controller.signal
}

export interface VerifyFlags extends Flags {
  readonly since?: string
}

/** Looks for what was done to the trail; the exit status is 1 if anything was. */
export function verifyAudit(flags: VerifyFlags): Promise<number> {
  return within(flags, async ({ trail }) => {
    const verification = await trail().verify(markIn(flags.since))
    if (flags.json) printJson({ ...verification, head: verification.head ?? null })
    else tell(verification)
    return verification.ok ? 0 : 1
  })
}

function markIn(since: string | undefined): Verification['head'] {
  if (since === undefined) return undefined
  const [, number, mac] = /^(\d{1,15}):([\w-]{22})$/.exec(since) ?? []
  if (number !== undefined && mac !== undefined) return { number: Number(number), mac }
  throw new SettingsError(['--since must be number:mac, as an earlier `sojourn audit verify` has said'])
}

type Fault = Verification['faults'][number]

const columns: readonly Column<Fault>[] = [
  { title: 'LINE', of: ({ number, upTo = number }) => (upTo === number ? `${number}` : `${number}-${upTo}`) },
  { title: 'WHAT', of: ({ kind }) => kind },
  { title: 'MEANING', of: ({ kind }) => meanings[kind] },
]

const meanings: Readonly<Record<Fault['kind'], string>> = {
  edited: 'what it says is not what was written',
  removed: 'lines were taken out',
  moved: 'it stands in the place of another',
  added: 'it was not written by this server',
  cut: 'the trail ends too early',
  unsealed: 'where the trail begins or ends was not sealed by this server, or by one with other secrets',
}

function tell({ ok, lines, faults, redacted, head }: Verification): void {
  if (!ok) {
    printList(faults, { columns, isJson: false, none: '' })
    return note(`The trail was tampered with: ${lines} lines were looked at.`)
  }
  note(`Nobody has touched the trail: ${lines} lines were looked at.`)
  if (redacted > 0) note(`Of ${redacted} something was taken out by Sojourn itself.`)
  // For the next time, somewhere else.
  if (head) console.log(`${head.number}:${head.mac}`)
}
