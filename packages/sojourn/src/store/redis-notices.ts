// Notices as they are written in the stream, and what the clients make of a reply to XREAD.

import type { EndReason } from '../core/events.ts'
import type { Notice } from '../core/feed.ts'

export function textOf(notice: Notice): string {
  return JSON.stringify(notice)
}

/** The notice in a text; undefined for what this version does not know. */
export function noticeIn(text: string): Notice | undefined {
  const value = parsed(text)
  if (typeof value !== 'object' || value === null) return undefined
  const { kind, sessionId, reason, version, at } = value as Readonly<Record<string, unknown>>
  if (typeof at !== 'number') return undefined
  if (kind === 'keys') return { kind, at }
  if (typeof sessionId !== 'string') return undefined
  // A reason that a newer node has given ends the session all the same.
  if (kind === 'ended' && typeof reason === 'string')
    return { kind, sessionId, reason: reason as EndReason, at }
  return kind === 'stale' && typeof version === 'number' ? { kind, sessionId, version, at } : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export interface StreamEntry {
  readonly id: string
  readonly text: string
}

/** The entries of the one stream that was asked for: a list of pairs in RESP2, a map in RESP3, nothing if none came. */
export function entriesOf(reply: unknown): readonly StreamEntry[] {
  if (reply === null || typeof reply !== 'object') return []
  const entries: unknown = Array.isArray(reply) ? entriesInList(reply) : Object.values(reply)[0]
  return (entries as [id: string, fields: string[]][]).map(([id, [, text]]) => ({ id, text: text ?? '' }))
}

// [[stream, entries]], or [stream, entries] where a client flattens a map.
function entriesInList(reply: readonly unknown[]): unknown {
  const [first, second] = reply
  return Array.isArray(first) ? (first as unknown[])[1] : second
}
