// The backend operations about the audit trail. Who reads it is written in it: by the name of the API key.

import { SojournError } from 'sojourn'
import type { AuditRecord, AuditTrail } from 'sojourn/audit'
import { z } from 'zod'

import { json, type Services } from './context.ts'
import { operation } from './operation.ts'
import * as shape from './schemas.ts'
import { shownAt } from './views.ts'

const group = 'Audit trail'

const record = z
  .looseObject({
    number: z.int().min(1).meta({ description: 'Of its line in the trail: they count without gaps.' }),
    type: z.string(),
    level: z.enum(['info', 'warning', 'critical']),
    at: shape.instant,
  })
  .meta({
    id: 'AuditRecord',
    description: 'An event with what docs/events.md says of its type, as the trail may keep it.',
  })

/** What has happened, newest first. */
export const readAudit = operation({
  id: 'readAudit',
  method: 'GET',
  path: '/v1/audit',
  group,
  summary: 'Read the audit trail',
  details:
    'The newest events first. That somebody has read the trail is an event of it, with the name of their API key.',
  needs: 'read',
  query: z.strictObject({
    subject: shape.name.optional(),
    session: shape.plainText.max(64).optional().meta({ description: 'The id of a session.' }),
    type: shape.plainText
      .max(64)
      .optional()
      .meta({ description: 'The type of an event, or its beginning: `session` for all of `session.…`.' }),
    since: z.iso
      .datetime({ offset: true })
      .optional()
      .meta({ description: 'Nothing earlier than this instant of RFC 3339.' }),
    cursor: z
      .string()
      .regex(/^[1-9]\d{0,14}$/, 'must be what a page said as next')
      .optional()
      .meta({ description: 'The `next` of the page before.' }),
    limit: shape.limit,
  }),
  answers: {
    200: { means: 'One page.', schema: z.object({ items: z.array(record), next: shape.next }) },
  },
  refusals: ['not_found'],
  work: async ({ services, caller, query: { subject, session, type, since, cursor, limit } }) => {
    const filter = {
      ...(subject === undefined ? {} : { subject }),
      ...(session === undefined ? {} : { sessionId: session }),
      ...(type === undefined ? {} : { type }),
      ...(since === undefined ? {} : { since: Date.parse(since) }),
      ...(cursor === undefined ? {} : { before: Number(cursor) }),
    }
    const trail = trailOf(services)
    // What was done just now is there to be read.
    await trail.flush().catch(asUnavailable)
    const records = await trail.read(caller, filter, limit + 1).catch(asUnavailable)
    const items = records.slice(0, limit)
    return json(200, {
      items: items.map(recordView),
      next: records.length > limit ? String(items.at(-1)?.number) : null,
    })
  },
})

/** Why a session ended, or what happened to it so far. */
export const explainSession = operation({
  id: 'explainSession',
  method: 'GET',
  path: '/v1/sessions/{id}/explain',
  group,
  summary: 'Explain a session',
  details: 'When it began and on what, what happened to it, and why it ended, in plain words from the trail.',
  needs: 'read',
  parameters: { id: 'The id of a session, whether it lives or not.' },
  answers: {
    200: {
      means: 'What the trail tells.',
      schema: z.object({
        sessionId: z.string(),
        subject: z.string().nullable(),
        isLive: z.boolean(),
        summary: z.string(),
        ended: z
          .object({ at: shape.instant, reason: z.string() })
          .nullable()
          .meta({ description: 'Null while it lives, and where the trail does not tell.' }),
        story: z.array(z.object({ at: shape.instant, text: z.string() })),
      }),
    },
  },
  refusals: ['not_found'],
  work: async ({ services, caller, parameter }) => {
    const trail = trailOf(services)
    const id = parameter('id')
    if (!shape.plainText.safeParse(id).success) throw unknownThere()
    const isLive = (await services.sojourn.find(id)) !== undefined
    await trail.flush().catch(asUnavailable)
    const told = await trail.explain(caller, id, isLive).catch(asUnavailable)
    if (!told) throw unknownThere()
    const { sessionId, subject = null, summary, ended, story } = told
    return json(200, {
      sessionId,
      subject,
      isLive,
      summary,
      ended: ended ? { at: shownAt(ended.at), reason: ended.reason } : null,
      story: story.map(({ at, text }) => ({ at: shownAt(at), text })),
    })
  },
})

function unknownThere(): SojournError {
  return new SojournError('not_found', { detail: 'The audit trail knows no session of that id.' })
}

const head = z
  .object({ number: z.int(), mac: z.string() })
  .nullable()
  .meta({ description: 'The end of the chain: write it down elsewhere, for `since` of a later check.' })

/** Whether somebody has changed the trail. */
export const verifyAudit = operation({
  id: 'verifyAudit',
  method: 'GET',
  path: '/v1/audit/verify',
  group,
  summary: 'Check the audit trail',
  details:
    'Reads all of it. A line that was changed, taken out, moved or added is found, and so is an end that was cut off.',
  needs: 'read',
  query: z.strictObject({
    since: z
      .string()
      .regex(/^\d{1,15}:[\w-]{22}$/, 'must be the number and the mac of an earlier head')
      .optional()
      .meta({ description: 'The head of an earlier check, as `number:mac`: it must still be there.' }),
  }),
  answers: {
    200: {
      means: 'What was found.',
      schema: z.object({
        ok: z.boolean(),
        lines: z.int().min(0).meta({ description: 'How many were looked at.' }),
        faults: z
          .array(
            z.object({
              kind: z.enum(['edited', 'removed', 'moved', 'added', 'cut', 'unsealed']),
              number: z.int(),
              upTo: z.int().optional(),
            }),
          )
          .meta({
            description: 'Each with its line, or from line `number` up to `upTo`; a hundred at most.',
          }),
        redacted: z.int().min(0).meta({
          description:
            'Of how many something was taken out by a server: see `DELETE /v1/subjects/{subject}`.',
        }),
        head,
      }),
    },
  },
  refusals: ['not_found'],
  work: async ({ services, query: { since } }) => {
    const [number, mac] = since?.split(':') ?? []
    const earlier = mac === undefined ? undefined : { number: Number(number), mac }
    const {
      ok,
      lines,
      faults,
      redacted,
      head: end,
    } = await trailOf(services).verify(earlier).catch(asUnavailable)
    return json(200, { ok, lines, faults, redacted, head: end ?? null })
  },
})

function trailOf({ audit }: Services): AuditTrail {
  if (!audit) throw new SojournError('not_found', { detail: 'The audit trail is off: see SOJOURN_AUDIT.' })
  return audit
}

function recordView({ at, ...rest }: AuditRecord): unknown {
  return { ...rest, at: shownAt(at) }
}

/** The journal is a database like that of the sessions: while it is out of reach, one comes back later. */
function asUnavailable(cause: unknown): never {
  throw new SojournError('store_unavailable', {
    cause,
    detail: 'The audit trail cannot be reached.',
    retryAfter: 1,
  })
}
