// Input of the backend routes: one schema for each body, and a refusal that names every member that is wrong.

import { SojournError } from 'sojourn'
import { readBody } from 'sojourn/fetch'
import { nodeView } from 'sojourn/node'
import { z } from 'zod'

import type { Request } from './context.ts'

const name = z.string().min(1).max(255)
const facts = z.record(z.string(), z.unknown())

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
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const faults = result.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
  throw new SojournError('members_unknown', { detail: faults.join('; ') })
}
