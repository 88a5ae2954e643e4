// The files of a trail, from which its lines are read: the last is under the name of the trail, the earlier ones under that
// and the number of their first line. A file is renamed before the seal says so; whoever was killed in between left it
// under its new name, where it is found.

import { open, stat, type FileHandle } from 'node:fs/promises'

import { lineIn } from './file-lines.ts'
import type { Seal, Segment } from './file-seal.ts'
import { ifThere } from './if-there.ts'
import type { AuditLine } from './record.ts'

export interface Span extends Segment {
  /** The number of its last line. */
  readonly last: number
}

const chunkBytes = 256 * 1024
const newline = 0x0a
const tries = 5

export function spansOf({ head, segments }: Seal): readonly Span[] {
  return segments.map((segment, at) => {
    const next = segments[at + 1]
    return { ...segment, last: next ? next.first - 1 : (head?.number ?? 0) }
  })
}

/** The name of a file to which nothing is added any more. */
export function archivedAs(path: string, { first }: Segment): string {
  return `${path}.${String(first).padStart(12, '0')}`
}

export async function isThere(path: string): Promise<boolean> {
  return (await ifThere(stat(path))) !== undefined
}

/** The sealed lines of a file from an offset on, each with where it ends. */
export async function* linesOf(
  path: string,
  span: Span,
  offset: number,
): AsyncGenerator<{ readonly line: AuditLine; readonly end: number }> {
  const file = await opened(path, span)
  if (!file) return
  try {
    let start = offset
    let rest = Buffer.alloc(0)
    while (start + rest.length < span.bytes) {
      const wanted = Math.min(chunkBytes, span.bytes - start - rest.length)
      const { buffer, bytesRead } = await file.read(Buffer.alloc(wanted), 0, wanted, start + rest.length)
      if (bytesRead === 0) return
      rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
      let from = 0
      for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline, from)) {
        const line = lineIn(rest.toString('utf8', from, end))
        from = end + 1
        // In the place of a file that was trimmed meanwhile there may be another.
        if (line && line.number >= span.first && line.number <= span.last) yield { line, end: start + from }
      }
      rest = rest.subarray(from)
      start += from
    }
  } finally {
    await file.close()
  }
}

// Between looking for a file and opening it, it may be renamed, and another one be in its place.
async function opened(path: string, segment: Segment): Promise<FileHandle | undefined> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const name = await fileOf(path, segment)
    const file = await ifThere(open(name, 'r'))
    if (name === (await fileOf(path, segment))) return file
    await file?.close()
  }
  throw new Error(`${path} is being rotated all the time`)
}

/** The name under which a segment is now. */
export async function fileOf(path: string, segment: Segment): Promise<string> {
  const archived = archivedAs(path, segment)
  return (await isThere(archived)) ? archived : path
}
