// `sojourn subjects`: all that is kept about one person, written down for them, or forgotten. Straight in the store and the
// trail, whether a server runs or not.

import { once } from 'node:events'
import { closeSync, existsSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'

import { eraseSubject, exportSubject } from 'sojourn/maintenance'

import { note, printJson } from './output.ts'
import { caller, within, type Within } from './within.ts'

export type Flags = Readonly<Record<string, unknown>> & { readonly json?: boolean; readonly yes?: boolean }

const usage = 2
const who = /^\P{Surrogate}{1,255}$/u

/** Writes all that is kept about a subject to a new file that only its owner can read, or to standard output. */
export async function exportOne(subject: string, file: string | undefined, flags: Flags): Promise<number> {
  if (!who.test(subject)) return refuse('A subject is text of 1 to 255 characters.')
  if (file !== undefined && existsSync(file))
    return refuse(`${file} is there already, and is not written over.`)
  return within(flags, async (given) => {
    const pieces = exportSubject(keptBy(given), subject, { by: caller() })
    if (file === undefined) {
      for await (const piece of pieces) if (!process.stdout.write(piece)) await once(process.stdout, 'drain')
      return 0
    }
    await writeTo(file, pieces)
    if (flags.json) printJson({ file })
    else note(`All that is kept about them is in ${file}.`)
    return 0
  })
}

// A file that is there is whole.
async function writeTo(file: string, pieces: AsyncIterable<string>): Promise<void> {
  const handle = openSync(file, 'wx', 0o600)
  try {
    for await (const piece of pieces) writeSync(handle, piece)
    fsyncSync(handle)
  } catch (error) {
    rmSync(file, { force: true })
    throw error
  } finally {
    closeSync(handle)
  }
}

/** Signs a subject out everywhere and forgets all that is kept about them. */
export async function eraseOne(subject: string, flags: Flags): Promise<number> {
  if (!who.test(subject)) return refuse('A subject is text of 1 to 255 characters.')
  if (flags.yes !== true)
    return refuse(
      'This signs them out everywhere and forgets all that is kept about them, for good: say --yes if you mean it. To look first: sojourn subjects export',
    )
  return within(flags, async (given) => {
    const { auditLines = null, ...gone } = await eraseSubject(keptBy(given), subject, {
      by: caller(),
      actor: { kind: 'command', name: caller() },
    })
    if (flags.json) printJson({ ...gone, auditLines })
    else {
      note(
        `Gone: sessions ${gone.sessions}, links from identity providers ${gone.providerLinks}, former session ids ${gone.formerIds}, lines of the audit trail ${auditLines ?? 0}.`,
      )
      if (auditLines === null) note('SOJOURN_AUDIT is off: no trail was looked at.')
    }
    return 0
  })
}

function keptBy({ sojourn, settings, trail }: Within) {
  return { sojourn, trail: settings.audit ? trail() : undefined }
}

function refuse(why: string): number {
  note(why)
  return usage
}
