// Keeps the history of a running server: every event of all its processes, and a look at the store once in a while. Some
// stores read every entry to count them, so looking never takes more than a hundredth of the time.

import type { Sojourn } from 'sojourn'

import type { EventLog } from '../events/event-log.ts'
import type { Directory } from '../search/directory.ts'
import { History, spans, type Level, type Span, type Stretch } from './history.ts'

export interface KeptHistory {
  /** The stretches of a span, with what is there now in the last one. */
  read(span: Span): Promise<readonly Stretch[]>
  close(): void
}

const share = 100
// Up to so many, sessions are told from the few other entries of a store one by one; beyond it those make no difference.
const exactUpTo = 5000

export function keepHistory(
  sojourn: Pick<Sojourn, 'settings' | 'stats' | 'feedLag'>,
  events: EventLog,
  directory: Directory,
): KeptHistory {
  const history = new History()
  const { clock } = sojourn.settings
  const unfollow = events.follow(({ event }) => history.count(event))
  let dueAt = -Infinity
  let looking: Promise<void> | undefined

  const look = async (): Promise<void> => {
    const began = performance.now()
    const level = await levelOf(sojourn, directory)
    const took = performance.now() - began
    history.note(level, clock())
    dueAt = performance.now() + Math.max(spans.hour.step / 2, took * share)
  }
  const lookIfDue = async (): Promise<void> => {
    if (performance.now() < dueAt) return
    looking ??= look().finally(() => {
      looking = undefined
    })
    await looking
  }
  const timer = setInterval(() => void lookIfDue(), spans.hour.step).unref()
  return {
    async read(span) {
      await lookIfDue()
      return history.read(span, clock())
    },
    close() {
      clearInterval(timer)
      unfollow()
    },
  }
}

// A store that does not answer leaves a gap in the series.
async function levelOf(sojourn: Pick<Sojourn, 'stats' | 'feedLag'>, directory: Directory): Promise<Level> {
  const stats = await sojourn.stats().catch(() => undefined)
  const feedLag = sojourn.feedLag()
  if (!stats) return { live: null, backlog: null, feedLag }
  const isFew = stats.live <= exactUpTo
  const seen = isFew ? await directory.read().catch(() => undefined) : undefined
  return { live: seen?.isWhole ? seen.sessions.length : stats.live, backlog: stats.expired, feedLag }
}
