// The shape of what a session carries, as a Standard Schema (standardschema.dev). Zod, Valibot or ArkType schemas fit
// in the same place; these two are small enough to be written by hand.

import type { StandardSchema } from 'sojourn'

export const roles = ['member', 'admin'] as const
export type Role = (typeof roles)[number]

/** What travels in every access token: enough to greet a person and to know what they may do. */
export interface Claims {
  readonly name: string
  readonly role: Role
}

/** What stays on the server: how many of which tea are in the basket of this device. */
export interface Data {
  readonly basket: Readonly<Record<string, number>>
}

export const claimsSchema = schema((value): Claims => {
  const { name, role } = record(value)
  if (typeof name !== 'string' || name === '') throw new TypeError('name must be text')
  if (!isRole(role)) throw new TypeError(`role must be one of ${roles.join(', ')}`)
  return { name, role }
})

export const dataSchema = schema((value): Data => {
  const counts = Object.entries(record(record(value)['basket'] ?? {}))
  for (const [tea, count] of counts) {
    if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > 99)
      throw new TypeError(`the basket holds 1 to 99 of a tea, not ${String(count)} of ${tea}`)
  }
  return { basket: Object.fromEntries(counts) as Data['basket'] }
})

export function isRole(value: unknown): value is Role {
  return roles.some((role) => role === value)
}

function schema<Output>(parse: (value: unknown) => Output): StandardSchema<Output> {
  const validate = (value: unknown): { value: Output } | { issues: { message: string }[] } => {
    try {
      return { value: parse(value) }
    } catch (error) {
      return { issues: [{ message: error instanceof Error ? error.message : 'not valid' }] }
    }
  }
  return { '~standard': { version: 1, vendor: 'leaf-and-kettle', validate } }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError('must be an object')
  return value as Readonly<Record<string, unknown>>
}
