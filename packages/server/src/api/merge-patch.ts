// JSON Merge Patch (RFC 7396 §2). It never goes deeper than the facts of a session may be, so no patch, however it was
// nested, exhausts the stack; and it copies members as they are named, so `__proto__` stays the member it was, for the
// library to refuse.

import { SojournError, type Facts } from 'sojourn'

const deepest = 16

/** The target with a patch on it; throws `claims_invalid` for one that is nested too deeply. */
export function mergePatch(target: Facts, patch: Facts | null): Facts {
  return patch === null ? {} : merged(target, patch, 0)
}

function merged(target: unknown, patch: Facts, depth: number): Facts {
  if (depth >= deepest)
    throw new SojournError('claims_invalid', { detail: `The patch is nested more than ${deepest} deep.` })
  const members = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) members.delete(name)
    else members.set(name, isObject(value) ? merged(members.get(name), value, depth + 1) : value)
  }
  return Object.fromEntries(members)
}

function isObject(value: unknown): value is Facts {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
