// What the audit trail keeps of an event: one line of JSON, and a mac that chains it to the line before. The mac is made
// with a key from the application's secrets, so that somebody who can write to the journal, but does not have them, can
// neither change a line nor take one out without being found, and placed, by `verify`.

import { Buffer } from 'node:buffer'

import { encode } from '../core/base64url.ts'
import type { Mac } from '../core/crypto.ts'
import type { SojournEvent } from '../core/events.ts'
import type { Instant } from '../core/time.ts'

/** What only the trail itself has to tell. */
export type TrailEvent =
  /** Somebody has read the trail. */
  | {
      readonly type: 'audit.read'
      readonly level: 'info'
      readonly at: Instant
      readonly by: string
      readonly asked: string
    }
  /** The journal was out of reach for so long that events had to be let go. */
  | { readonly type: 'audit.lost'; readonly level: 'critical'; readonly at: Instant; readonly count: number }
  /** Somebody else has written where the trail ends: what is missing before this line is not known. */
  | {
      readonly type: 'audit.unsealed'
      readonly level: 'critical'
      readonly at: Instant
      readonly upTo: number
    }
  /** Records that were kept for as long as they should be are gone. */
  | { readonly type: 'audit.trimmed'; readonly level: 'info'; readonly at: Instant; readonly upTo: number }
  /** What so many lines had told for long enough is gone. */
  | { readonly type: 'audit.shortened'; readonly level: 'info'; readonly at: Instant; readonly lines: number }
  /** What the trail and the store knew of one subject is gone; the record does not say of which. */
  | {
      readonly type: 'audit.erased'
      readonly level: 'info'
      readonly at: Instant
      readonly by: string
      /** How many lines do not tell of the subject any more. */
      readonly lines: number
      /** How many sessions were ended for it. */
      readonly sessions: number
    }
  | RepeatedEvent

/** So many more of a kind came in the minute from `since` on, and have no lines of their own. */
export interface RepeatedEvent {
  readonly type: 'audit.repeated'
  readonly level: 'warning'
  readonly at: Instant
  readonly of:
    | 'token.rejected'
    | 'proof.rejected'
    | 'binding.skipped'
    | 'csrf.rejected'
    | 'cookie.duplicate'
    | 'rate.limited'
    | 'request.failed'
  readonly reason?: string
  readonly count: number
  readonly since: Instant
}

export type AuditEvent = SojournEvent | TrailEvent

/** An event as it is read from the trail: with the number of its line. */
export type AuditRecord = AuditEvent & {
  readonly number: number
  /** Somebody's name, or all that was about a person, has been taken out of it: what its type says may be missing. */
  readonly redacted?: true
}

/** One line of the trail, as a journal keeps it. */
export interface AuditLine {
  /** Counts from 1, without gaps. */
  readonly number: number
  readonly at: Instant
  readonly type: string
  readonly sessionId?: string
  /** As it can be searched for in any database: see `searchable`. */
  readonly subject?: string
  /** The whole event as JSON, with its number. */
  readonly text: string
  /** Over the mac of the line before and this text. */
  readonly mac: string
}

/** Where the chain ends, or where what was trimmed ended: sealed, so that nobody else can say it ends earlier. */
export interface Mark {
  readonly number: number
  readonly mac: string
  readonly seal: string
}

/** The mac before the first line. */
export const beginning = ''

/**
 * The line of an event, behind a line with this mac. The salt goes with what is taken out of the line one day: without it
 * the mac of the line would tell, to whoever has the secrets, whether a guess of what stood there is right.
 */
export function lineOf(
  event: AuditEvent,
  { number, before, salt }: { readonly number: number; readonly before: string; readonly salt: string },
  mac: Mac,
): AuditLine {
  const text = JSON.stringify({ number, ...event, salt })
  const { sessionId, subject } = event as { readonly sessionId?: string; readonly subject?: string }
  return {
    number,
    at: event.at,
    type: event.type,
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(subject === undefined ? {} : { subject: searchable(subject) }),
    text,
    mac: chained(before, text, mac),
  }
}

/** What a line says. */
export function recordIn({ text }: AuditLine): AuditRecord {
  const { salt: _, seal, ...record } = JSON.parse(text) as AuditRecord & Record<'salt' | 'seal', unknown>
  return seal === undefined ? record : { ...record, redacted: true }
}

/** A text as every database can keep it: well-formed Unicode without NUL. */
export function searchable(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, '\uFFFD')
}

/** The mac of a line. */
export function chained(before: string, text: string, mac: Mac): string {
  return encode(mac(Buffer.from(`line\n${before}\n${text}`, 'utf8')).subarray(0, 16))
}

/** A mark of the end (`head`) or of what was trimmed (`tail`). */
export function sealed(kind: 'head' | 'tail', number: number, lineMac: string, mac: Mac): Mark {
  return { number, mac: lineMac, seal: sealOf(kind, number, lineMac, mac) }
}

export function isSealed(kind: 'head' | 'tail', mark: Mark, mac: Mac): boolean {
  return mark.seal === sealOf(kind, mark.number, mark.mac, mac)
}

function sealOf(kind: 'head' | 'tail', number: number, lineMac: string, mac: Mac): string {
  return encode(mac(Buffer.from(`${kind}\n${number}\n${lineMac}`, 'utf8')).subarray(0, 16))
}
