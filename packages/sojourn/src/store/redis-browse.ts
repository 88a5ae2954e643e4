// Reading all of Redis, primary by primary, for administrators: to end the sessions of a tenant, to count. Redis has no
// order and shows a key at least once, twice now and then. While slots move from node to node it may show one of them
// not at all, so do not browse then; that another server has taken the place of one, we notice.

import { SojournError } from '../core/errors.ts'
import type { Browsable, Entry, Measurable } from '../core/store.ts'
import { factsIn } from './redis-check.ts'
import type { Redis, Send } from './redis-client.ts'
import { entriesIn, tagIn } from './redis-entries.ts'
import { list, run } from './redis-scripts.ts'

/** Where a reader stands: what it holds still has to be shown. */
interface Place {
  /** The servers, when reading began. */
  readonly servers: string
  readonly server: number
  /** What SCAN gave to go on with; undefined at the end of a server. */
  readonly scan: string | undefined
  /** Keys that SCAN has shown and we have not. */
  readonly keys: readonly string[]
  /** The last id shown of the first of them. */
  readonly after?: string
}

interface Server {
  readonly id: string
  readonly send: Send
}

const pageOfKeys = 500

export function browserOf(redis: Redis, prefix: string): Browsable & Measurable {
  const pattern = `${prefix.replaceAll(/[\\*?[\]]/g, '\\$&')}{*}`

  async function scanKeys(of: Server, scan: string, count: number): Promise<[next: string, keys: string[]]> {
    const options = ['MATCH', pattern, 'COUNT', String(count), 'TYPE', 'hash']
    return (await of.send(['SCAN', scan, ...options])) as [string, string[]]
  }

  async function entriesAt(of: Server, key: string): Promise<Entry[]> {
    const reply = await run((_, args) => of.send(args), list, key, [])
    return entriesIn(tagIn(prefix, key), reply).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  return {
    async scan(cursor, limit) {
      const servers = await serversOf(redis)
      const names = servers.map(({ id }) => id.slice(0, 8)).join()
      let place: Place =
        cursor === undefined ? { servers: names, server: 0, scan: '0', keys: [] } : read(prefix, cursor)
      if (place.servers !== names) {
        throw noCursor('These are not the servers that the cursor came from; begin again without it.')
      }
      const items: Entry[] = []
      for (;;) {
        const server = servers[place.server]
        if (!server) return { items }
        if (items.length === limit) return { items, next: written(prefix, place) }
        if (place.keys.length > 0) {
          place = await showKeys(server, place, items, limit)
        } else if (place.scan !== undefined) {
          const [next, keys] = await scanKeys(server, place.scan, limit)
          place = { ...place, scan: next === '0' ? undefined : next, keys: [...new Set(keys)] }
        } else {
          place = { ...place, server: place.server + 1, scan: '0' }
        }
      }
    },
    async stats(now) {
      const sums = { live: 0, expired: 0, bytes: 0 }
      for (const server of await serversOf(redis)) {
        for (let scan: string | undefined = '0'; scan !== undefined;) {
          const [next, keys]: [string, string[]] = await scanKeys(server, scan, pageOfKeys)
          await Promise.all(
            [...new Set(keys)].map(async (key) => {
              const [entries, size] = await Promise.all([
                entriesAt(server, key),
                server.send(['MEMORY', 'USAGE', key]),
              ])
              for (const { expiresAt } of entries) sums[expiresAt > now ? 'live' : 'expired']++
              sums.bytes += Number(size)
            }),
          )
          scan = next === '0' ? undefined : next
        }
      }
      return sums
    },
  }

  /** Shows what is left of the keys, as far as there is room; reads as many at once as could be needed. */
  async function showKeys(server: Server, place: Place, items: Entry[], limit: number): Promise<Place> {
    const keys = place.keys.slice(0, limit - items.length)
    const found = await Promise.all(keys.map((key) => entriesAt(server, key)))
    for (const [at, entries] of found.entries()) {
      const after = at === 0 ? (place.after ?? '') : ''
      const rest = entries.filter(({ id }) => id > after)
      const shown = rest.slice(0, limit - items.length)
      items.push(...shown)
      if (shown.length < rest.length) {
        const last = shown.at(-1)?.id ?? after
        return withoutAfter(place, place.keys.slice(at), last)
      }
    }
    return withoutAfter(place, place.keys.slice(keys.length))
  }
}

function withoutAfter({ servers, server, scan }: Place, keys: readonly string[], after?: string): Place {
  return { servers, server, scan, keys, ...(after === undefined ? {} : { after }) }
}

/** The primaries, in an order that stays the same. */
async function serversOf(redis: Redis): Promise<Server[]> {
  const servers = await Promise.all(
    (await redis.primaries()).map(async (send) => ({
      id: factsIn(await send(['INFO', 'server'])).get('run_id') ?? '',
      send,
    })),
  )
  return servers.sort((a, b) => (a.id < b.id ? -1 : 1))
}

// A cursor travels in an address: of a key it has only what is between the braces.
function written(prefix: string, { keys, ...place }: Place): string {
  const names = keys.map((key) => key.slice(prefix.length + 1, -1))
  return Buffer.from(JSON.stringify({ ...place, keys: names })).toString('base64url')
}

// It comes back from whoever asks. What is not of the form that we write never reaches Redis.
function read(prefix: string, cursor: string): Place {
  const { servers, server, scan, keys, after } = membersOf(cursor)
  const isPlace =
    typeof servers === 'string' &&
    Number.isSafeInteger(server) &&
    isListOf(keys, /^\.?[\w-]+$/) &&
    (scan === undefined || (typeof scan === 'string' && /^\d{1,20}$/.test(scan))) &&
    (after === undefined || typeof after === 'string')
  if (!isPlace) throw noCursor('This is no cursor of this store.')
  const place = { servers, server: Number(server), scan, keys: keys.map((name) => `${prefix}{${name}}`) }
  return after === undefined ? place : { ...place, after }
}

function membersOf(cursor: string): Partial<Record<keyof Place, unknown>> {
  try {
    return { ...(JSON.parse(Buffer.from(cursor, 'base64url').toString()) as object) }
  } catch {
    return {}
  }
}

function isListOf(value: unknown, pattern: RegExp): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && pattern.test(one))
}

function noCursor(detail: string): SojournError {
  return new SojournError('request_malformed', { detail })
}
