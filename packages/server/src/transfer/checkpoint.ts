// How far a long work has come, in a file beside it, so that it can be killed at any moment and started again. It is
// written under another name, flushed, and renamed into its place: whoever reads it reads a whole one, the last or the
// one before.

import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

import { SojournError } from 'sojourn'
import type { z } from 'zod'

export interface Checkpoint<T> {
  readonly path: string
  /** Undefined where there is none. Throws `request_malformed` for a file that is not of this work. */
  read(): T | undefined
  write(state: T): void
  /** The work is done. */
  remove(): void
}

export function checkpointAt<T>(path: string, schema: z.ZodType<T>): Checkpoint<T> {
  return {
    path,
    read() {
      if (!existsSync(path)) return undefined
      const found = schema.safeParse(jsonIn(readFileSync(path, 'utf8')))
      if (found.success) return found.data
      throw new SojournError('request_malformed', {
        detail: `${path} says how far something else has come. Move it away to begin anew.`,
      })
    },
    write(state) {
      const draft = `${path}.${process.pid}`
      const file = openSync(draft, 'w', 0o600)
      try {
        writeSync(file, JSON.stringify(state))
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
      renameSync(draft, path)
      syncFolder(dirname(path))
    },
    remove: () => rmSync(path, { force: true }),
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
