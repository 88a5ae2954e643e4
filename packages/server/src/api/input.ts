// Input of the backend routes: one schema for each body, and a refusal that names every member that is wrong.

import { SojournError, type Facts } from 'sojourn'
import { readBody } from 'sojourn/fetch'
import { nodeView } from 'sojourn/node'
import { z } from 'zod'

import type { Request } from './context.ts'

const name = z.string().min(1).max(255)
// As they are: the library judges what is in them, and a copy could lose what it would refuse, such as __proto__.
const facts = z.custom<Facts>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
)

/** `POST /v1/sessions`. */
export const signInSchema = z.strictObject({
  subject: name,
  claims: facts.optional(),
  data: facts.optional(),
  profile: z.enum(['cookie', 'bearer']).optional(),
  remember: z.boolean().optional(),
  amr: z.array(z.string().min(1).max(64)).max(16).optional(),
  acr: name.optional(),
  tenant: name.optional(),
  device: z
    .strictObject({
      label: z.string().max(512).optional(),
      userAgent: z.string().max(4096).optional(),
      ip: z.string().max(64).optional(),
      kind: z.string().max(32).optional(),
    })
    .optional(),
  replaces: z.string().max(256).optional(),
})

/** The body of a request as this schema has it; rejects with `members_unknown` that names what is wrong. */
export async function readInput<T>(request: Request, schema: z.ZodObject & z.ZodType<T>): Promise<T> {
  const body = await readBody(nodeView(request.env.incoming), Object.keys(schema.shape))
  const result = schema.safeParse(body, {
    error: ({ code, input }) => (code === 'invalid_type' && input === undefined ? 'is missing' : undefined),
  })
  if (result.success) return result.data
  const faults = result.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
  throw new SojournError('members_unknown', { detail: faults.join('; ') })
}

const mostItems = 100

/** What narrows `GET /v1/sessions` down, from its query. */
export interface Listing {
  readonly subject: string
  readonly tenant: string | undefined
  readonly cursor: string | undefined
  readonly limit: number
}

/** The query of `GET /v1/sessions`; throws `request_malformed`. */
export function readListing(request: Request): Listing {
  const { subject, tenant, cursor, limit = String(mostItems) } = request.req.query()
  if (!subject) throw new SojournError('request_malformed', { detail: 'Say whose: ?subject=' })
  const count = /^[1-9]\d{0,2}$/.test(limit) ? Number(limit) : Number.NaN
  if (!(count <= mostItems))
    throw new SojournError('request_malformed', { detail: `limit must be from 1 to ${mostItems}.` })
  return { subject, tenant, cursor, limit: count }
}
