// All live sessions, for a person who looks for one: read through the store once, kept for some seconds, and searched and
// sorted in memory. Of a store that holds more than a person can look through, it says that it has not read all.

import type { Facts, Session, Sojourn } from 'sojourn'

import type { EventLog } from '../events/event-log.ts'

export interface Seen {
  readonly sessions: readonly Session<Facts, Facts>[]
  /** False where the store holds more than were read. */
  readonly isWhole: boolean
}

export interface Directory {
  /** Rejects with `store_unavailable`, and with `request_malformed` where the store cannot be read through. */
  read(): Promise<Seen>
  close(): void
}

export const mostSeen = 20_000
const page = 500
// In milliseconds; the shorter where somebody has signed in since.
const keptFor = { atMost: 3000, atLeast: 500 }

interface Kept {
  readonly sessions: Map<string, Session<Facts, Facts>>
  readonly isWhole: boolean
  /** When reading began: whoever has signed in since may not be there. */
  readonly readAt: number
}

export function directoryOf(sojourn: Pick<Sojourn, 'browse'>, events: EventLog): Directory {
  let kept: Kept | undefined
  let reading: Promise<Kept> | undefined
  let signedInAt = -Infinity
  // What has ended meanwhile is not shown any more; whoever has signed in shows half a second later.
  const ended = new Set<string>()
  const unfollow = events.follow(({ event }) => {
    if (event.type === 'session.created') signedInAt = performance.now()
    if (event.type !== 'session.ended') return
    kept?.sessions.delete(event.sessionId)
    if (reading) ended.add(event.sessionId)
  })
  const isOld = ({ readAt }: Kept): boolean =>
    performance.now() - readAt > (signedInAt >= readAt ? keptFor.atLeast : keptFor.atMost)
  const readAll = async (): Promise<Kept> => {
    const readAt = performance.now()
    const sessions = new Map<string, Session<Facts, Facts>>()
    let cursor: string | undefined
    do {
      const { items, next } = await sojourn.browse({
        limit: page,
        ...(cursor === undefined ? {} : { cursor }),
      })
      for (const session of items) sessions.set(session.id, session)
      cursor = next
    } while (cursor !== undefined && sessions.size < mostSeen)
    for (const id of ended) sessions.delete(id)
    return { sessions, isWhole: cursor === undefined, readAt }
  }
  return {
    async read() {
      if (!kept || isOld(kept)) {
        reading ??= readAll().finally(() => {
          reading = undefined
          ended.clear()
        })
        kept = await reading
      }
      return { sessions: [...kept.sessions.values()], isWhole: kept.isWhole }
    },
    close: unfollow,
  }
}
