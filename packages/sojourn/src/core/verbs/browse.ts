// Reading through all live sessions, for administrators and for exports. It reads the store from one end to the other,
// page by page, so it is for nothing that happens on a request of the application.

import { sessionsIn, type Engine } from '../engine.ts'
import { SojournError } from '../errors.ts'
import { expiry, type Session } from '../session.ts'
import { orUnavailable } from '../store-guard.ts'
import { isBrowsable } from '../store.ts'

export interface Browsing {
  readonly tenant?: string
  /** The `next` of the page before. */
  readonly cursor?: string
  /** At most so many sessions on a page. Default: 100. */
  readonly limit?: number
}

export interface Page<Claims, Data> {
  readonly items: readonly Session<Claims, Data>[]
  /** Absent on the last page. A page before it may be empty. */
  readonly next?: string
}

// Where few entries match, a page ends here, so that a call never takes longer than this many entries do.
const mostRead = 5000

/** One page of live sessions. Rejects with `request_malformed` where the store cannot be read through, or not from there. */
export async function browse<Claims, Data>(
  engine: Engine<Claims, Data>,
  { tenant, cursor, limit = 100 }: Browsing,
): Promise<Page<Claims, Data>> {
  const { clock, store, policy } = engine.settings
  const now = clock()
  if (!isBrowsable(store))
    throw new SojournError('request_malformed', {
      detail: 'This store cannot be read from one end to the other.',
    })
  const items: Session<Claims, Data>[] = []
  let next = cursor
  let read = 0
  do {
    const from = next
    const page = await orUnavailable(() => store.scan(from, limit - items.length))
    read += page.items.length
    const sessions = (await sessionsIn(engine, page.items)).filter(
      (session) => tenant === undefined || session.tenant === tenant,
    )
    items.push(...sessions.filter((session) => !expiry(session, now, policy)))
    next = page.next
    // More than half full is full enough: the last few places would cost a call each.
  } while (next !== undefined && items.length <= limit / 2 && read < mostRead)
  return next === undefined ? { items } : { items, next }
}
