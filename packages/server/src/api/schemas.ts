// The shapes of what goes in and out, once. The same schemas check the input and make the OpenAPI document, and a test
// holds the answers to them.

import type { Facts } from 'sojourn'
import { z } from 'zod'

/** A subject, a tenant or an authentication context class. */
export const name = z.string().min(1).max(255)

/** An instant of RFC 3339, in UTC. */
export const instant = z.string().meta({ format: 'date-time', examples: ['2026-11-27T09:30:00.000Z'] })

// As they are: the library judges what is in them, and a copy could lose what it would refuse, such as __proto__.
const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const facts = z.custom<Facts>(isObject, 'must be an object')

export const claims = facts.meta({
  type: 'object',
  description: 'Small facts that travel in access tokens: at most 2 KiB, no name that JWT reserves.',
  examples: [{ role: 'admin' }],
})

export const data = facts.meta({
  type: 'object',
  description: 'JSON that never leaves the server: at most 64 KiB.',
  examples: [{ cart: ['book'] }],
})

/** A merge patch of one of the two (RFC 7396). */
export const patch = z
  .custom<Facts | null>((value) => value === null || isObject(value), 'must be an object or null')
  .meta({
    type: ['object', 'null'],
    description: 'Members to set; one that is null is removed. Null removes all.',
    examples: [{ role: 'owner', trial: null }],
  })

export const amr = z
  .array(z.string().min(1).max(64))
  .max(16)
  .meta({
    description: 'How the person proved who they are: methods of RFC 8176.',
    examples: [['pwd', 'otp']],
  })

export const acr = name.meta({ description: 'What the proof is worth: the authentication context class.' })

export const sessionToken = z
  .string()
  .max(256)
  .meta({
    description: 'A session token: the refresh token of an app, or the session cookie of a browser.',
    examples: ['sj_…'],
  })

export const jkt = z
  .string()
  .regex(/^[\w-]{43}$/, 'must be a SHA-256 thumbprint')
  .meta({
    description:
      'The thumbprint (RFC 7638) of a key of the app, where DPoP is on: without proofs by it the tokens are worth nothing.',
    examples: ['0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I'],
  })

const device = z.object({
  label: z.string().nullable(),
  userAgent: z.string().nullable(),
  ip: z.string().nullable(),
})

const sessionMembers = {
  id: z.string().meta({ description: 'The public name of the session; it signs nobody in.' }),
  subject: z.string().nullable(),
  profile: z.enum(['cookie', 'bearer']),
  createdAt: instant,
  authenticatedAt: instant,
  lastSeenAt: instant,
  expiresAt: instant.meta({ description: 'When it ends whatever happens.' }),
  idleExpiresAt: instant.meta({ description: 'When it ends if its person is not seen again.' }),
  claims,
  amr,
  acr: z.string().nullable(),
  device,
}

/** `viewOf` of the library. */
export const session = z
  .object({ ...sessionMembers, current: z.boolean().optional() })
  .meta({ id: 'Session', description: 'A session as its own person may see it.' })

/** `ownViewOf` of the library. */
export const ownSession = z
  .object({
    ...sessionMembers,
    current: z.boolean().optional(),
    expiresIn: z.int().min(0).meta({ description: 'Seconds until `expiresAt`.' }),
    idleExpiresIn: z.int().min(0).meta({ description: 'Seconds until `idleExpiresAt`.' }),
  })
  .meta({ id: 'OwnSession', description: 'A session as its own client is told of it.' })

/** In a list of sessions of everybody. */
export const listedSession = z
  .object({ ...sessionMembers, tenant: z.string().nullable() })
  .meta({ id: 'ListedSession', description: 'A session in a list of those of everybody.' })

/** With what only the application may see. */
export const wholeSession = z
  .object({ ...sessionMembers, tenant: z.string().nullable(), data, version: z.int() })
  .meta({ id: 'WholeSession', description: 'A session as the application sees it.' })

const seconds = z.int().min(0)

/** Credentials as a client is given them. */
export const tokens = {
  accessToken: z.string().meta({ description: 'A JWT of RFC 9068.' }),
  tokenType: z.enum(['Bearer', 'DPoP']).meta({
    description: 'How the access token goes with a request; `DPoP` where it is bound to a key.',
  }),
  expiresIn: seconds.meta({ description: 'Seconds until the access token runs out.' }),
  refreshToken: z.string().meta({ description: 'The session token.' }),
  refreshExpiresIn: seconds.meta({ description: 'Seconds until the session ends unless it is refreshed.' }),
}

export const issued = z
  .object({
    session,
    ...tokens,
    csrfToken: z.string(),
    secureSessionRegistration: z.string().optional().meta({
      description:
        'Where SOJOURN_DBSC is on: the header Secure-Session-Registration, to pass on to a browser with its cookies.',
    }),
    setCookie: z.array(z.string()).meta({
      description: 'The Set-Cookie lines to pass on to a browser as they are; empty for the bearer profile.',
    }),
  })
  .meta({ id: 'Issued', description: 'Credentials for a client. Nobody else keeps them.' })

export const signingKey = z
  .object({
    kid: z.string(),
    algorithm: z.string(),
    phase: z.enum(['next', 'active', 'retiring', 'gone']),
    activeFrom: instant.nullable(),
    retiresAt: instant.nullable(),
    goneAt: instant.nullable(),
  })
  .meta({ id: 'SigningKey', description: 'What is public about a key. Times are null where none is set.' })

/** What a store is asked for as it is, so without the characters that some cannot hold. */
export const plainText = z.string().regex(/^\P{Cc}+$/u, 'must be text without control characters')

/** A cursor: what a page said as `next`. That of Redis names up to a hundred keys. */
export const cursor = plainText.max(4096).optional().meta({ description: 'The `next` of the page before.' })

export const next = z
  .string()
  .nullable()
  .meta({ description: 'The cursor of the next page; null on the last.' })

export const limit = z
  .string()
  .regex(/^([1-9]\d?|100)$/, 'must be from 1 to 100')
  .transform(Number)
  .default(100)
  .meta({ description: 'How many at most: 1 to 100.' })
