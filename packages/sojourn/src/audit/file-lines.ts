// Lines of the trail as lines of a file: what they are searched by, then the event as it was written, so that both people
// and `jq` can read them. The event stands last and is taken as it stands: its mac is over these very characters.

import type { AuditLine } from './record.ts'

const before = ',"event":'

/** Ends with its line break, the only one in it. */
export function textOf({ text, ...facts }: AuditLine): string {
  return `${JSON.stringify(facts).slice(0, -1)}${before}${text}}\n`
}

/** The same of exactly so many bytes, with blanks before the line break; undefined where it does not fit. */
export function paddedTextOf(line: AuditLine, bytes: number): Buffer | undefined {
  const text = Buffer.from(textOf(line).slice(0, -1))
  if (text.length >= bytes) return undefined
  return Buffer.concat([text, Buffer.alloc(bytes - text.length - 1, ' '), Buffer.from('\n')])
}

/** Undefined for a line that was not written whole, or not by us. */
export function lineIn(padded: string): AuditLine | undefined {
  const line = padded.trimEnd()
  // Within the facts a quotation mark is escaped, so the first is ours.
  const at = line.indexOf(before)
  if (at < 0 || !line.endsWith('}')) return undefined
  try {
    const facts = JSON.parse(`${line.slice(0, at)}}`) as Omit<AuditLine, 'text'>
    return { ...facts, text: line.slice(at + before.length, -1) }
  } catch {
    return undefined
  }
}
