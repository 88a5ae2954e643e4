// The audit trail of a server, or of a command that works on its store: kept on the same database as the sessions, under
// a key from the same secrets. Whoever opens it closes it, which writes what still waits.

import type { Logger } from 'pino'
import { auditTrail, type AuditTrail, type Journal } from 'sojourn/audit'

import type { ServerSettings } from '../settings.ts'

/** A journal on the database of a store. */
export interface OpenJournal {
  readonly journal: Journal
  /** How many lines there is room for; absent where that is no question. */
  readonly keepMost?: number
  close(): void
}

export interface OpenTrail {
  readonly trail: AuditTrail
  close(): Promise<void>
}

export interface TrailOptions {
  readonly settings: Pick<ServerSettings, 'issuer' | 'environment' | 'auditKeep' | 'auditAddresses'>
  readonly secrets: readonly string[]
  readonly log: Logger
}

const tellEvery = 10_000

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
    onError: failureTeller(log),
    ...(keepMost === undefined ? {} : { keepMost }),
  })
  return {
    trail,
    async close() {
      try {
        await trail.close()
      } finally {
        opened.close()
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
