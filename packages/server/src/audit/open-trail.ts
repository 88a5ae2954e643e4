// The audit trail of a server, or of a command that works on its store: kept on the same database as the sessions, under
// a key from the same secrets. Whoever opens it closes it, which writes what still waits.

import type { Logger } from 'pino'
import { SojournError } from 'sojourn'
import { auditTrail, type AuditTrail, type Journal } from 'sojourn/audit'
import { fileJournal } from 'sojourn/file'

import { SettingsError, type ServerSettings } from '../settings.ts'

/** A journal, on the database of a store or in files. */
export interface OpenJournal {
  readonly journal: Journal
  /** How many lines there is room for; absent where that is no question. */
  readonly keepMost?: number
  close(): void | Promise<void>
}

export interface OpenTrail {
  readonly trail: AuditTrail
  close(): Promise<void>
}

export interface TrailOptions {
  readonly settings: Pick<
    ServerSettings,
    'issuer' | 'environment' | 'auditKeep' | 'auditAddresses' | 'retention'
  >
  readonly secrets: readonly string[]
  readonly log: Logger
}

const tellEvery = 10_000

/** Opens the journal that the settings name. Throws a SettingsError for files that cannot be written. */
export function journalOf(
  { auditFile, home }: Pick<ServerSettings, 'auditFile' | 'home'>,
  store: { openJournal(home: string): OpenJournal },
): OpenJournal {
  if (!auditFile) return store.openJournal(home)
  try {
    const journal = fileJournal(auditFile.path, { durability: auditFile.durability })
    return { journal, close: () => journal.close() }
  } catch (error) {
    const detail = error instanceof SojournError ? error.detail : String(error)
    throw new SettingsError([`SOJOURN_AUDIT names files that cannot be used. ${detail}`])
  }
}

/** Opens the trail in a journal. */
export function openTrail(opened: OpenJournal, { settings, secrets, log }: TrailOptions): OpenTrail {
  const { journal, keepMost } = opened
  const trail = auditTrail({
    journal,
    secrets,
    // Not that of the server where none is set, which has the port in it: commands do not know that.
    issuer: settings.issuer ?? 'http://localhost',
    environment: settings.environment,
    keepFor: settings.auditKeep,
    addresses: settings.auditAddresses,
    retention: settings.retention,
    onError: failureTeller(log),
    ...(keepMost === undefined ? {} : { keepMost }),
  })
  return {
    trail,
    async close() {
      try {
        await trail.close()
      } finally {
        await opened.close()
      }
    },
  }
}

// A journal that is down is told about, but not with every attempt.
function failureTeller(log: Logger): (error: unknown) => void {
  let toldAt = -Infinity
  return (error) => {
    const now = performance.now()
    if (now - toldAt < tellEvery) return
    toldAt = now
    log.error({ reason: error instanceof Error ? error.message : String(error) }, 'audit.failed')
  }
}
