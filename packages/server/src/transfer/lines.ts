// What an export of sessions is made of: lines of JSON, a head, entries, and the ids of those that have ended since they
// were written further up.

import { SojournError } from 'sojourn'
import { z } from 'zod'

/** The first line. */
export const head = z.strictObject({
  sojourn: z.literal('sessions'),
  version: z.literal(1),
  issuer: z.string(),
  environment: z.string(),
  exportedAt: z.iso.datetime().or(z.literal('')),
})

const entry = z.strictObject({
  id: z.string().min(8).max(128),
  owner: z.string().min(8).max(64),
  version: z.int().min(1),
  expiresAt: z.int().min(0),
  state: z.string().max(200_000),
})

const ended = z.strictObject({ ended: z.array(z.string().min(8).max(128)) })

/** Each line but the first. */
export const line = z.union([entry, ended])

export function lineOf(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}

/** What a line says; throws `request_malformed` for one that is not of an export. */
export function parsed<T>(schema: z.ZodType<T>, text: string, number: number): T {
  const result = schema.safeParse(jsonIn(text))
  if (result.success) return result.data
  throw malformed(number)
}

export function malformed(number: number): SojournError {
  return new SojournError('request_malformed', {
    detail: `Line ${number} is not of an export of sessions; what came before it was imported.`,
  })
}

/** Undefined for what is no JSON. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
