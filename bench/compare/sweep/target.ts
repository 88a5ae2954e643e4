// What all that is swept has in common.

export interface Target {
  /** Whose it is. */
  readonly store: string
  /** How it is swept, in words. */
  readonly how: string
  /** Keeps so many that have expired (or expire while they are read), and `live` that are read. */
  readonly fill: (expired: number) => Promise<void>
  /** Reads one of those that live; rejects if it is gone. */
  readonly read: (number: number) => Promise<void>
  /** Removes what has expired, all of it; resolves to how many. */
  readonly sweep: () => Promise<number>
  readonly close: () => Promise<void>
}

/** How many there are that live. */
export const live = 1000

/** What a session holds besides its id: some four hundred characters, as one in use. */
export const facts = {
  subject: 'a1b2c3d4-0000-4000-8000-a1b2c3d4e5f6',
  claims: { role: 'customer', plan: 'basic' },
  data: { basket: ['assam', 'darjeeling'], locale: 'en', seen: ['welcome', 'news'] },
  device: {
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    ip: '192.0.2.1',
  },
}

export function requireThere(found: unknown, store: string): void {
  if (!found) throw new Error(`${store} has swept a session that lives`)
}

/** All numbers in batches. */
export function* batches(count: number, size = 5000): Generator<readonly number[]> {
  for (let from = 0; from < count; from += size)
    yield Array.from({ length: Math.min(size, count - from) }, (_, at) => from + at)
}
