// What a journal in files knows of itself: where the chain ends and begins, and how long each file is up to there. It is a
// small file of its own, written under another name and renamed into its place, so that it is the last one or the one
// before, and never half of one.

import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

import { ifThere } from './if-there.ts'
import type { Mark } from './record.ts'

/** One file of lines. */
export interface Segment {
  /** The number of its first line. */
  readonly first: number
  /** How long it is as far as it is sealed; what is behind was never acknowledged. */
  readonly bytes: number
  /** When its first line was written. */
  readonly at: number
}

export interface Seal {
  readonly head?: Mark
  readonly tail?: Mark
  /** The oldest first; lines are added to the last. */
  readonly segments: readonly Segment[]
}

/** Undefined where there is none. Rejects for a file that is none of ours. */
export async function readSeal(path: string): Promise<Seal | undefined> {
  const text = await ifThere(readFile(path, 'utf8'))
  if (text === undefined) return undefined
  const read = sealIn(text)
  if (read) return read
  throw new Error(
    `${path} does not say where an audit trail ends: restore it, or move the trail away with it`,
  )
}

function sealIn(text: string): Seal | undefined {
  try {
    const { head, tail, segments } = JSON.parse(text) as Partial<Seal>
    if (!Array.isArray(segments)) return undefined
    return { ...(head ? { head } : {}), ...(tail ? { tail } : {}), segments }
  } catch {
    return undefined
  }
}

export async function writeSeal(path: string, seal: Seal, isFlushed: boolean): Promise<void> {
  const draft = `${path}.new`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(JSON.stringify(seal))
    if (isFlushed) await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  if (isFlushed) await syncFolder(path)
}

/** Names are written as their folder is. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
