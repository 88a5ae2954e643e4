// Taking out of live sessions what has been kept for long enough. It reads the store from one end to the other and writes
// only where something goes; a session that is refreshed at the same moment is left for the next time.

import { advanceKept, bareIn, keptIn, type Engine } from '../engine.ts'
import { isLimited, retained } from '../retention.ts'
import { expiry } from '../session.ts'
import { orUnavailable } from '../store-guard.ts'
import { isBrowsable } from '../store.ts'

const pageSize = 500

/**
 * Resolves to how many sessions have something less. `goOn` is asked between two pages; false ends it. Rejects with
 * `store_unavailable`; what is gone until then stays gone.
 */
export async function retain<Claims, Data>(
  engine: Engine<Claims, Data>,
  goOn: () => Promise<boolean> = async () => true,
): Promise<number> {
  const { store, clock, retention, policy } = engine.settings
  if (!isLimited(retention) || !isBrowsable(store)) return 0
  const now = clock()
  let shortened = 0
  let cursor: string | undefined
  do {
    const from = cursor
    const page = await orUnavailable(() => store.scan(from, pageSize))
    for (const entry of page.items) {
      // Its data is decrypted only where something is written.
      const bare = bareIn(engine, entry)?.session
      if (!bare || expiry(bare, now, policy) || retained(bare, now, retention) === bare) continue
      const kept = await keptIn(engine, entry)
      if (kept && (await advanceKept(engine, kept, retained(kept.session, now, retention)))) shortened++
    }
    cursor = page.next
  } while (cursor !== undefined && (await goOn()))
  return shortened
}
