// The application's own facts in a session: `claims` that travel in access tokens, `data` that never leaves the server.
// Both are JSON, checked by any validator that speaks Standard Schema, and migrated when read by a newer application.

import { reservedClaims } from './access-token.ts'
import { SojournError } from './errors.ts'

/** The part of Standard Schema v1 (standardschema.dev) that Sojourn uses. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | {
      readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[]
    }

export type Facts = Readonly<Record<string, unknown>>

/** How the facts of a session are checked, and brought up to date. */
export interface FactsOptions<Claims, Data> {
  readonly claims?: StandardSchema<Claims>
  readonly data?: StandardSchema<Data>
  /** Counts the shapes that the facts have had. Default: 1. */
  readonly schemaVersion?: number
  /** Brings facts of an earlier version up to date when they are read. Needed from version 2 on. */
  readonly migrate?: (
    facts: { claims: unknown; data: unknown },
    from: number,
  ) => { claims: Claims; data: Data }
}

// In bytes of JSON. So many claims still make a token that fits a cookie, with the longest of signatures.
const longestClaims = 2048
const longestData = 65_536
const deepest = 16

/** Claims as they may be kept; throws `claims_invalid` with every fault named. */
export async function checkClaims<Claims>(
  value: unknown,
  schema: StandardSchema<Claims> | undefined,
): Promise<Claims> {
  const claims = await checked('claims', value, schema, longestClaims)
  const reserved = Object.keys(claims as object).filter((name) => reservedClaims.has(name))
  if (reserved.length > 0) {
    throw new SojournError('claims_invalid', {
      detail: `claims must not have the reserved names ${reserved.join(', ')}.`,
    })
  }
  return claims
}

/** Data as it may be kept; throws `claims_invalid` with every fault named. */
export async function checkData<Data>(
  value: unknown,
  schema: StandardSchema<Data> | undefined,
): Promise<Data> {
  return checked('data', value, schema, longestData)
}

async function checked<T>(
  what: 'claims' | 'data',
  value: unknown,
  schema: StandardSchema<T> | undefined,
  longest: number,
): Promise<T> {
  const result = schema ? await schema['~standard'].validate(value) : { value: value as T }
  if (result.issues) {
    const faults = result.issues.map(
      ({ message, path }) => `${[what, ...(path ?? []).map(segment)].join('.')}: ${message}`,
    )
    throw new SojournError('claims_invalid', { detail: faults.join('; ') })
  }
  return asJson(what, result.value, longest)
}

function segment(part: unknown): string {
  return String(typeof part === 'object' && part !== null && 'key' in part ? part.key : part)
}

// What is kept is what JSON makes of it, so that a session reads the same before and after the store.
function asJson<T>(what: string, value: T, longest: number): T {
  if (!isRecord(value)) throw invalid(`${what} must be an object.`)
  const text = jsonOf(value)
  if (text === undefined) throw invalid(`${what} must be JSON without cycles.`)
  const { length } = new TextEncoder().encode(text)
  if (length > longest) throw invalid(`${what} has ${length} bytes; at most ${longest} fit.`)
  const plain = JSON.parse(text) as T
  // A date, and whatever else has a toJSON, need not be an object any more.
  if (!isRecord(plain)) throw invalid(`${what} must be an object.`)
  if (!isShallow(plain, deepest)) {
    throw invalid(`${what} is nested deeper than ${deepest} levels, or has a member called __proto__.`)
  }
  return plain
}

function invalid(detail: string): SojournError {
  return new SojournError('claims_invalid', { detail })
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0 || Object.hasOwn(value, '__proto__')) return false
  return Object.values(value).every((member) => isShallow(member, levels - 1))
}
