// The numbers on which nodes, clients and the checker agree. Lifetimes are short, so that a run of a minute holds many
// rotations; how they relate to each other is as in production.

import { createHash } from 'node:crypto'

import type { PolicyInput } from 'sojourn'

/** Milliseconds. */
export const accessLifetime = 8000

/** The most sessions that one subject may have. */
export const sessionLimit = 3

const lifetimes = { idle: '30m', absolute: '2h', access: `${accessLifetime}ms` } as const

export const policy = {
  cookie: lifetimes,
  bearer: lifetimes,
  remember: lifetimes,
  limit: { count: sessionLimit, onLimit: 'evict' },
} as const satisfies PolicyInput

/** The default of the policy: a fifth of the access lifetime. */
export const overlap = accessLifetime / 5

/** For how long a client waits: the promise of no accidental sign-out is for answers within this time (design §4.2). */
export const clientPatience = (accessLifetime - overlap) / 2

/** For how long a node trusts a feed from which it hears nothing. */
export const feedPatience = 4000

/**
 * From when on after an answered change an access token from before it may be accepted nowhere: a node that is cut off
 * has noticed by then, and asks the store.
 */
export const accessTolerance = feedPatience + 1000

/** For how long an operation of which nobody knows the outcome may still be under way. */
export const lateAtMost = 6000

export const issuer = 'https://app.example'
export const host = 'app.example'

/** As random as a real one, and the same in every process. */
export const secret = createHash('sha256').update('the secret of the chaos runs').digest('base64url')
