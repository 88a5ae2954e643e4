// Guessing passwords is slowed down: so many attempts within so long, for each name. An attempt counts when it begins,
// so that a hundred at the same moment count as a hundred.

import { isIPv4 } from 'node:net'

export interface Throttle {
  /** Counts an attempt. Resolves to 0, or to the seconds after which the next one is allowed. */
  take(name: string): number
  /** Forgets the attempts of a name, because the last one was right. */
  forget(name: string): void
}

/** Counts in this process. With several of them, keep the counts where they all see them. */
export function createThrottle(
  clock: () => number,
  { attempts, within }: { readonly attempts: number; readonly within: number },
): Throttle {
  const counts = new Map<string, { count: number; readonly until: number }>()
  const mostNames = 100_000
  return {
    take(name) {
      const now = clock()
      const kept = counts.get(name)
      const entry = kept && now < kept.until ? kept : { count: 0, until: now + within }
      if (entry.count >= attempts) return Math.ceil((entry.until - now) / 1000)
      entry.count++
      counts.delete(name)
      counts.set(name, entry)
      const [oldest] = counts.keys()
      if (counts.size > mostNames && oldest !== undefined) counts.delete(oldest)
      return 0
    },
    forget: (name) => void counts.delete(name),
  }
}

/** An address as it counts: of IPv6 the first half, because one customer has all of the second. */
export function network(address = ''): string {
  if (isIPv4(address.replace(/^::ffff:/i, ''))) return address.replace(/^::ffff:/i, '')
  const [head, tail] = address.split('::', 2).map((part) => part.split(':').filter(Boolean))
  const zeros = tail ? Array<string>(Math.max(0, 8 - (head?.length ?? 0) - tail.length)).fill('0') : []
  return [...(head ?? []), ...zeros, ...(tail ?? [])].slice(0, 4).join(':')
}
