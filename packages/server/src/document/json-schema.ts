// From our schemas to JSON Schema, as OpenAPI has it: what has a name becomes a component, once.

import { z } from 'zod'

export type JsonSchema = Readonly<Record<string, unknown>>

/** The JSON Schema of what goes in or comes out. Named parts stand in its `$defs`. */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

/** The value with its named parts moved to `components`, to which all references then lead. */
export function componentsIn(value: JsonSchema, components: Record<string, JsonSchema>): JsonSchema {
  const move = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(move)
    if (typeof part !== 'object' || part === null) return part
    const { $defs = {}, ...rest } = part as Record<string, unknown>
    for (const [name, definition] of Object.entries($defs as Record<string, JsonSchema>)) {
      const { id: _, ...schema } = definition
      components[name] = move(schema) as JsonSchema
    }
    const moved = Object.entries(rest).map(([name, member]) => {
      const isReference = name === '$ref' && typeof member === 'string'
      return [name, isReference ? member.replace('#/$defs/', '#/components/schemas/') : move(member)]
    })
    return Object.fromEntries(moved) as JsonSchema
  }
  return move(value) as JsonSchema
}
