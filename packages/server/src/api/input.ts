// Input of the operations, read by their schemas: a refusal names every member that is wrong, and what nobody asked for
// is refused rather than ignored, because a name with a typing error would otherwise do something else than was meant.

import { SojournError } from 'sojourn'
import { readBody } from 'sojourn/fetch'
import { nodeView } from 'sojourn/node'
import type { z } from 'zod'

import type { Request } from './context.ts'

/** The body of a request as this schema has it; rejects with `members_unknown` that names what is wrong. */
export async function readInput<Schema extends z.ZodObject>(
  request: Request,
  schema: Schema,
  mediaTypes?: readonly string[],
): Promise<z.output<Schema>> {
  const body = await readBody(nodeView(request.env.incoming), Object.keys(schema.shape), mediaTypes)
  const result = parsed(schema, body)
  if (result.success) return result.data
  throw new SojournError('members_unknown', { detail: faultsIn(result.error, 'body') })
}

/** The query of a request as this schema has it; throws `request_malformed` that names what is wrong. */
export function readQuery<Schema extends z.ZodObject>(
  request: Request,
  schema: Schema | undefined,
): z.output<Schema> | undefined {
  const given = Object.entries(request.req.queries())
  const names = Object.keys(schema?.shape ?? {})
  const strange = given.filter(([name]) => !names.includes(name)).map(([name]) => name.slice(0, 40))
  const repeated = given.filter(([, values]) => values.length > 1).map(([name]) => name)
  const faults = [
    ...strange.slice(0, 8).map((name) => `there is no parameter ${JSON.stringify(name)}`),
    ...repeated.slice(0, 8).map((name) => `${JSON.stringify(name.slice(0, 40))} is given more than once`),
  ]
  if (faults.length > 0) throw new SojournError('request_malformed', { detail: `${faults.join('; ')}.` })
  if (!schema) return undefined
  const result = parsed(schema, Object.fromEntries(given.map(([name, [value]]) => [name, value])))
  if (result.success) return result.data
  throw new SojournError('request_malformed', { detail: faultsIn(result.error, 'query') })
}

function parsed<Schema extends z.ZodObject>(
  schema: Schema,
  input: unknown,
): z.ZodSafeParseResult<z.output<Schema>> {
  return schema.safeParse(input, {
    error: (issue) => (issue.code === 'invalid_type' && issue.input === undefined ? 'is missing' : undefined),
  })
}

function faultsIn({ issues }: z.ZodError, whole: string): string {
  return issues.map(({ path, message }) => `${path.join('.') || whole}: ${message}`).join('; ')
}
