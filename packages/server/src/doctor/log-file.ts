// What an application adds to its log while the doctor is there, and nothing of what was in it before.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

const most = 4 * 1024 * 1024
/** For what is written behind the answer, in milliseconds. */
const patience = 300

/** Begins at the end of the file; the function gives what has come since, as far as it is not too much. */
export function followLog(file: string): () => Promise<string> {
  const descriptor = openSync(file, 'r')
  const from = fstatSync(descriptor).size
  return async () => {
    await setTimeout(patience)
    try {
      const bytes = Buffer.alloc(Math.max(0, Math.min(most, fstatSync(descriptor).size - from)))
      return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, bytes.length, from))
    } finally {
      closeSync(descriptor)
    }
  }
}
