// One of several processes: it tells its events to all, and knows what all have counted.

import cluster from 'node:cluster'

import type { Told } from '../events/event-log.ts'
import type { Family } from '../metrics/registry.ts'
import type { FromPrimary, FromWorker } from './messages.ts'
import type { Siblings } from './siblings.ts'

// A process that is busy is left out of a scrape rather than waited for.
const patience = 2000

export interface Worker extends Siblings {
  /** Hears what the others tell and ask. */
  attend(of: { readonly take: (told: Told) => void; readonly families: () => readonly Family[] }): void
}

/** The siblings of this process; undefined where it is the only one. */
export function workerSiblings(): Worker | undefined {
  if (!cluster.isWorker) return undefined
  const waiting = new Map<number, (families: readonly (readonly Family[])[]) => void>()
  let last = 0
  return {
    attend({ take, families }) {
      process.on('message', (message: FromPrimary) => {
        if (message.kind === 'told') take(message.told)
        else if (message.kind === 'count') send({ kind: 'counted', id: message.id, families: families() })
        else waiting.get(message.id)?.(message.families)
      })
    },
    tell(event) {
      return send({ kind: 'event', event })
    },
    families(own) {
      const id = ++last
      return new Promise((resolve) => {
        const done = (families: readonly (readonly Family[])[]): void => {
          clearTimeout(timer)
          waiting.delete(id)
          resolve(families)
        }
        const timer = setTimeout(() => done([own]), patience)
        waiting.set(id, done)
        send({ kind: 'collect', id })
      })
    },
  }
}

/** Tells the process that started this one; false where nobody hears. */
export function send(message: FromWorker): boolean {
  if (!process.connected) return false
  process.send?.(message)
  return true
}
