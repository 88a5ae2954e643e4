// What a server does about its trail besides writing it: it forgets what is old once in a while, and tells the log where
// the chain ends. The log is kept elsewhere, so a trail that somebody has put back as a whole does not agree with it.

import type { Logger } from 'pino'

import type { OpenTrail } from './open-trail.ts'

const hour = 3_600_000
// Servers that start together do not trim together.
const first = 60_000

export interface Keeping {
  /** Tells where the chain ends. Never rejects. */
  tellEnd(): Promise<void>
  /** Writes what waits, tells where the chain ends, and lets go. Never rejects. */
  close(): Promise<void>
}

export function keepTrail(opened: OpenTrail, log: Logger): Keeping {
  const { trail } = opened
  const trim = (): void => {
    trail.trim().catch((error: unknown) => log.error({ reason: reasonOf(error) }, 'audit.untrimmed'))
    timer = setTimeout(trim, hour).unref()
  }
  let timer = setTimeout(trim, first * (0.5 + Math.random())).unref()
  const tellEnd = async (): Promise<void> => {
    try {
      const head = await trail.head()
      log.info({ end: head ? `${head.number}:${head.mac}` : null }, 'audit.end')
    } catch (error) {
      log.error({ reason: reasonOf(error) }, 'audit.failed')
    }
  }
  return {
    tellEnd,
    async close() {
      clearTimeout(timer)
      await trail
        .flush()
        .catch((error: unknown) =>
          log.error({ reason: reasonOf(error), waiting: trail.waiting }, 'audit.unwritten'),
        )
      await tellEnd()
      // What cannot be written was told.
      await opened.close().catch(() => {})
    },
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
