// The backend operations about one person as a whole: a copy of all that is kept about them, and forgetting it.

import { eraseSubject, exportSubject } from 'sojourn/maintenance'
import { z } from 'zod'

import { json } from './context.ts'
import { operation } from './operation.ts'
import * as shape from './schemas.ts'

const group = 'Subjects'
const parameters = { subject: 'Your name for the person.' }
const count = z.int().min(0)

/** All that is kept about a subject, as one document. */
export const exportSubjectData = operation({
  id: 'exportSubject',
  method: 'GET',
  path: '/v1/subjects/{subject}/export',
  group,
  summary: 'Export all that is kept about a subject',
  details:
    'Their sessions with all facts, what else leads to those, and what the audit trail tells of them; nothing that signs anybody in. It is streamed, and reads the whole store and the whole trail. A document without `counts` at its end was broken off.',
  needs: 'manage',
  parameters,
  answers: {
    200: {
      means: 'The document.',
      schema: z.object({
        sojourn: z.literal('subject'),
        version: z.literal(1),
        subject: z.string(),
        issuer: z.string(),
        environment: z.string(),
        exportedAt: shape.instant,
        sessions: z.array(
          z.looseObject({ id: z.string(), createdAt: shape.instant, keptUntil: shape.instant }).meta({
            description: 'A session with all facts, also one that has expired and was not swept yet.',
          }),
        ),
        others: z.array(
          z.union([
            z.object({
              kind: z.enum(['provider_link', 'former_id', 'unreadable']),
              sessionId: z.string(),
              keptUntil: shape.instant,
            }),
            z
              .object({
                kind: z.literal('data_key'),
                keyId: z.string(),
                createdAt: shape.instant,
                keptUntil: shape.instant,
              })
              .meta({ description: 'That there is a key for their data; never the key.' }),
          ]),
        ),
        audit: z
          .array(z.looseObject({ number: z.int(), type: z.string(), at: shape.instant }))
          .nullable()
          .meta({ description: 'Oldest first; null where no trail is kept.' }),
        counts: z.object({ sessions: count, others: count, audit: count.nullable() }),
      }),
    },
  },
  work: async ({ services: { sojourn, audit: trail }, caller: by, parameter }) => {
    const pieces = exportSubject({ sojourn, trail }, parameter('subject'), { by })
    // The first piece decides the status: what is wrong from the start is said as such.
    const first = await pieces.next()
    return new Response(streamOf(first, pieces), {
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'content-disposition': 'attachment; filename="subject.json"',
        'cache-control': 'no-store',
      },
    })
  },
})

function streamOf(first: IteratorResult<string>, pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let next: IteratorResult<string> | undefined = first
  return new ReadableStream({
    async pull(controller) {
      const piece: IteratorResult<string, unknown> = next ?? (await pieces.next())
      next = undefined
      if (piece.done === true) controller.close()
      else controller.enqueue(encoder.encode(piece.value))
    },
    async cancel() {
      await pieces.return(undefined)
    },
  })
}

/** Forgets a subject. */
export const eraseSubjectData = operation({
  id: 'eraseSubject',
  method: 'DELETE',
  path: '/v1/subjects/{subject}',
  group,
  summary: 'Erase a subject',
  details:
    'Signs them out everywhere, removes all that the store keeps about them, and takes them out of the audit trail, whose chain stays whole. It answers when nothing is left, or with a refusal; it may be asked again at any time. Reads the whole store and the whole trail.',
  needs: 'manage',
  parameters,
  answers: {
    200: {
      means: 'How much is gone of each kind.',
      schema: z.object({
        sessions: count.meta({ description: 'That were ended, or had expired.' }),
        providerLinks: count,
        formerIds: count,
        auditLines: count
          .nullable()
          .meta({ description: 'That told of them; null where no trail is kept, and none was looked at.' }),
      }),
    },
  },
  work: async ({ services: { sojourn, audit: trail }, caller: by, actor, parameter }) => {
    const { auditLines = null, ...gone } = await eraseSubject({ sojourn, trail }, parameter('subject'), {
      by,
      actor,
    })
    return json(200, { ...gone, auditLines })
  },
})
