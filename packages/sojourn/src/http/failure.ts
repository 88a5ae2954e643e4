// What went wrong on our side, told to whoever listens: the answer to the client says nothing of it.

import { SojournError } from '../core/errors.ts'
import type { Sojourn } from '../core/sojourn.ts'

const longestText = 300

/** Tells of an error that the client is not to blame for; does nothing for the others. */
export function tellFailure<Claims, Data>(sojourn: Sojourn<Claims, Data>, error: unknown): void {
  const known = error instanceof SojournError ? error : undefined
  if (known && known.status < 500) return
  const isOutage = known?.status === 503
  sojourn.tell({
    type: 'request.failed',
    level: isOutage ? 'warning' : 'critical',
    at: sojourn.settings.clock(),
    code: known?.code ?? 'internal',
    error: describe(known?.cause ?? error),
  })
}

// Messages of strangers may quote what they were given. Our tokens are known by their looks, and leave.
function describe(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : typeof error
  return text
    .replaceAll(/sj_[A-Za-z0-9_-]+/g, 'sj_…')
    .replaceAll(/eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, 'eyJ…')
    .slice(0, longestText)
}
