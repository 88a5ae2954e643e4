// The backend operations for a person who looks for a session or a subject among all of them.

import { viewOf } from 'sojourn/fetch'
import { z } from 'zod'

import { inOrder, sessionsLike, subjectsOf } from '../search/search.ts'
import { mostSeen } from '../search/directory.ts'
import { json } from './context.ts'
import { operation } from './operation.ts'
import * as shape from './schemas.ts'
import { shownAt } from './views.ts'

const group = 'Search'

const text = z.string().min(1).max(255).optional()

const offset = z
  .string()
  .regex(/^(0|[1-9]\d{0,6})$/, 'must be a whole number')
  .transform(Number)
  .default(0)
  .meta({ description: 'How many to skip.', examples: ['0'] })

const direction = z.enum(['descending', 'ascending']).default('descending')

const ofPage = {
  total: z.int().min(0).meta({ description: 'How many were found.' }),
  complete: z
    .boolean()
    .meta({ description: `False where there are more sessions than are looked through: ${mostSeen}.` }),
}

/** Live sessions of all subjects, searched, filtered and sorted. */
export const searchSessions = operation({
  id: 'searchSessions',
  method: 'GET',
  path: '/v1/search/sessions',
  group,
  summary: 'Look for sessions',
  details:
    'For people who look for something: it reads through the store and keeps what it has read for some seconds. To list the sessions of a subject, ask `/v1/sessions`.',
  needs: 'read',
  query: z.strictObject({
    text: text.meta({
      description: 'Part of a subject, an id, a tenant, a device or an address, in any case.',
    }),
    tenant: shape.name.optional(),
    profile: z.enum(['bearer', 'cookie']).optional(),
    sort: z.enum(['seen', 'created', 'expires', 'subject']).default('seen'),
    direction,
    offset,
    limit: shape.limit,
  }),
  answers: {
    200: {
      means: 'One page.',
      schema: z.object({ items: z.array(shape.listedSession), ...ofPage }),
    },
  },
  work: async ({ services: { directory, sojourn }, query }) => {
    const { text, tenant, profile, sort, direction, offset, limit } = query
    const { policy } = sojourn.settings
    const seen = await directory.read()
    const found = sessionsLike(seen.sessions, { text, tenant, profile }).map((session) => ({
      session,
      view: { ...viewOf(session, policy), tenant: session.tenant ?? null },
    }))
    const valueOf = {
      seen: ({ session }: (typeof found)[number]) => session.lastSeenAt,
      created: ({ session }: (typeof found)[number]) => session.createdAt,
      expires: ({ view }: (typeof found)[number]) => view.idleExpiresAt,
      subject: ({ session }: (typeof found)[number]) => session.subject ?? '',
    }[sort]
    const sorted = inOrder(found, valueOf, ({ session }) => session.id, direction)
    return json(200, {
      items: sorted.slice(offset, offset + limit).map(({ view }) => view),
      total: found.length,
      complete: seen.isWhole,
    })
  },
})

/** Everybody who is signed in. */
export const searchSubjects = operation({
  id: 'searchSubjects',
  method: 'GET',
  path: '/v1/search/subjects',
  group,
  summary: 'Look for subjects that are signed in',
  details: 'Who has no live session is not among them: Sojourn has no table of users.',
  needs: 'read',
  query: z.strictObject({
    text: text.meta({ description: 'Part of a subject, in any case.' }),
    sort: z.enum(['seen', 'sessions', 'subject']).default('seen'),
    direction,
    offset,
    limit: shape.limit,
  }),
  answers: {
    200: {
      means: 'One page.',
      schema: z.object({
        items: z.array(
          z.object({
            subject: z.string(),
            sessions: z.int().min(1),
            tenants: z.array(z.string()),
            firstSignInAt: shape.instant.meta({ description: 'Of the live sessions.' }),
            lastSeenAt: shape.instant,
          }),
        ),
        ...ofPage,
      }),
    },
  },
  work: async ({ services: { directory }, query: { text, sort, direction, offset, limit } }) => {
    const seen = await directory.read()
    const part = text?.toLowerCase()
    const found = subjectsOf(seen.sessions).filter(
      ({ subject }) => part === undefined || subject.toLowerCase().includes(part),
    )
    const key = ({ seen: 'lastSeenAt', sessions: 'sessions', subject: 'subject' } as const)[sort]
    const sorted = inOrder(
      found,
      (one) => one[key],
      ({ subject }) => subject,
      direction,
    )
    return json(200, {
      items: sorted.slice(offset, offset + limit).map(({ firstSignInAt, lastSeenAt, ...rest }) => ({
        ...rest,
        firstSignInAt: shownAt(firstSignInAt),
        lastSeenAt: shownAt(lastSeenAt),
      })),
      total: found.length,
      complete: seen.isWhole,
    })
  },
})
