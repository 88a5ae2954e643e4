// Notices as text, for feeds that write them down. What a newer node may have written and this one does not know is left
// out; it must not keep the rest from being heard.

import type { EndReason } from '../core/events.ts'
import type { Notice } from '../core/feed.ts'

/** The text from which `noticesIn` reads these notices. It is well-formed Unicode, whatever their ids are. */
export function textOf(notices: readonly Notice[]): string {
  return JSON.stringify(notices)
}

/** The notices in a text, in their order: none if it is not a list of them. */
export function noticesIn(text: string): readonly Notice[] {
  const list = parsed(text)
  return Array.isArray(list) ? list.map(noticeIn).filter((notice) => notice !== undefined) : []
}

function noticeIn(value: unknown): Notice | undefined {
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
