// Taking personal facts out of a line that was written long ago, without breaking the chain. The line keeps its number, its
// place and its mac, by which the next line is chained to it; what is left of its text is sealed anew, under the same key and
// together with both macs. So `verify` goes on to prove that no line is missing, moved or changed: nobody without the
// secrets can write a line, and nobody without them can shorten one.

import { Buffer } from 'node:buffer'

import { encode } from '../core/base64url.ts'
import { equalTexts, type Mac } from '../core/crypto.ts'
import { chained, searchable, type AuditLine } from './record.ts'

/** What a line says, as far as anybody may look at it who does not know its type. */
export type Facts = Readonly<Record<string, unknown>>

/** What is left of a line that is to tell of nobody any more. What names no person, and leads to none. */
const impersonal: ReadonlySet<string> = new Set([
  'number',
  'type',
  'level',
  'at',
  'reason',
  'profile',
  'generation',
  'presented',
  'score',
  'outcome',
  'algorithm',
  'changed',
  'token',
  'by',
  'actor',
])

/** The facts that name nobody. */
export function withoutPerson(facts: Facts): Facts {
  const left = Object.fromEntries(Object.entries(facts).filter(([name]) => impersonal.has(name)))
  // Where it was the person themselves, the session from which they did it is theirs.
  const { kind } = (facts['actor'] ?? {}) as { readonly kind?: unknown }
  return kind === 'subject' ? { ...left, actor: { kind } } : left
}

/** Whether a line says what was written, or what was left of it, behind a line with this mac. */
export function isWhole({ text, mac }: AuditLine, before: string, macs: readonly Mac[]): boolean {
  if (macs.some((one) => equalTexts(chained(before, text, one), mac))) return true
  const [, rest, seal] = sealedText.exec(text) ?? []
  if (rest === undefined || seal === undefined) return false
  return macs.some((one) => equalTexts(sealOf(before, mac, `${rest}}`, one), seal))
}

/** Whether something was taken out of a line. */
export function isRedacted({ text }: AuditLine): boolean {
  return sealedText.test(text)
}

/**
 * The line with nothing but these facts of it. `before`: the mac of the line before, where it is there. A line that was
 * tampered with gets no seal: that somebody did so is not hidden by taking something out of it.
 */
export function redacted(
  line: AuditLine,
  { salt: _, seal: __, ...facts }: Facts,
  { before, macs }: { readonly before: string | undefined; readonly macs: readonly [Mac, ...Mac[]] },
): AuditLine {
  const rest = JSON.stringify(facts)
  const isOurs = before === undefined || isWhole(line, before, macs)
  const seal = isOurs ? sealOf(before ?? '', line.mac, rest, macs[0]) : noSeal
  const { sessionId, subject } = facts as { readonly sessionId?: string; readonly subject?: string }
  return {
    number: line.number,
    at: line.at,
    type: line.type,
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(subject === undefined ? {} : { subject: searchable(subject) }),
    text: `${rest.slice(0, -1)},"seal":"${seal}"}`,
    mac: line.mac,
  }
}

// As long as the salt, in whose place it stands.
const sealBytes = 12
const noSeal = '_'.repeat(16)
const sealedText = /^(\{.*),"seal":"([\w-]{16})"\}$/s

function sealOf(before: string, mac: string, rest: string, key: Mac): string {
  return encode(key(Buffer.from(`redacted\n${before}\n${mac}\n${rest}`, 'utf8')).subarray(0, sealBytes))
}
