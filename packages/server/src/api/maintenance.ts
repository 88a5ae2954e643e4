// The backend operations about the store and the signing keys.

import { z } from 'zod'

import { json } from './context.ts'
import { operation } from './operation.ts'
import * as shape from './schemas.ts'
import { keyView, shownAt } from './views.ts'

const count = z.int().min(0)
const seconds = z.number().min(0)
const leftCount = count.meta({ description: 'Expired entries that are left, counted up to 10,000.' })

/** How much there is, and whether the node hears of revocations. */
export const showStats = operation({
  id: 'showStats',
  method: 'GET',
  path: '/v1/stats',
  group: 'Maintenance',
  summary: 'Show how much there is',
  details: 'Entries are sessions, and the few that hold signing keys, API keys and whose a secret is.',
  needs: 'read',
  answers: {
    200: {
      means: 'The counts of this moment.',
      schema: z.object({
        entries: z
          .object({ live: count, expired: count })
          .nullable()
          .meta({ description: 'Null where the store cannot count.' }),
        bytes: count.nullable(),
        backlog: count.meta({
          description:
            'Expired entries that wait to be removed, counted up to 10,000; 0 where the store forgets by itself.',
        }),
        feedLagSeconds: seconds.meta({
          description: 'For how long this node may not have heard of a sign-out on another.',
        }),
        lastSweep: z
          .object({ at: shape.instant, removed: count, tookSeconds: seconds, left: leftCount })
          .nullable()
          .meta({ description: 'The last one of this process.' }),
      }),
    },
  },
  work: async ({ services: { sojourn, life } }) => {
    const [stats, backlog] = await Promise.all([sojourn.stats(), sojourn.backlog()])
    const sweep = life.lastSweep
    return json(200, {
      entries: stats ? { live: stats.live, expired: stats.expired } : null,
      bytes: stats ? stats.bytes : null,
      backlog,
      feedLagSeconds: sojourn.feedLag() / 1000,
      lastSweep: sweep
        ? { at: shownAt(sweep.at), removed: sweep.removed, tookSeconds: sweep.took / 1000, left: sweep.left }
        : null,
    })
  },
})

/** Removes what has expired. */
export const sweepStore = operation({
  id: 'sweep',
  method: 'POST',
  path: '/v1/sweep',
  group: 'Maintenance',
  summary: 'Remove what has expired',
  details: 'The server does so once a minute by itself. One call goes on for ten seconds at most.',
  needs: 'manage',
  body: z.strictObject({}),
  answers: {
    200: {
      means: 'What was removed.',
      schema: z.object({
        removed: count,
        tookSeconds: seconds,
        done: z.boolean().meta({ description: 'Whether nothing expired is left.' }),
        left: leftCount,
      }),
    },
  },
  work: async ({ services }) => {
    const { removed, took, done, left } = await services.sojourn.sweep()
    return json(200, { removed, tookSeconds: took / 1000, done, left })
  },
})

const keyList = z.object({ items: z.array(shape.signingKey) })

/** The signing keys: their public parts. */
export const listKeys = operation({
  id: 'listKeys',
  method: 'GET',
  path: '/v1/keys',
  group: 'Signing keys',
  summary: 'List the signing keys',
  needs: 'read',
  answers: { 200: { means: 'Their names and times.', schema: keyList } },
  work: async ({ services }) => json(200, { items: (await services.sojourn.keys.list()).map(keyView) }),
})

/** Brings the next key ahead of the schedule, or ends all that there are. */
export const rotateKeys = operation({
  id: 'rotateKeys',
  method: 'POST',
  path: '/v1/keys/rotate',
  group: 'Signing keys',
  summary: 'Rotate the signing keys',
  details:
    'The next key is published now and signs in an hour, so nobody notices. `atOnce` is for a stolen key: every access token that was signed before is refused from now on, and clients refresh.',
  needs: 'manage',
  body: z.strictObject({ atOnce: z.boolean().optional() }),
  answers: { 200: { means: 'The keys as they are now.', schema: keyList } },
  work: async ({ services: { sojourn }, body: { atOnce = false } }) => {
    await sojourn.keys.rotate({ atOnce })
    return json(200, { items: (await sojourn.keys.list()).map(keyView) })
  },
})
