// The secret from which all keys are derived. In production it comes from the environment and nowhere else; on a
// developer's machine one is made on the first start, and kept in a file that only its owner can read.

import { randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'

type Environment = Readonly<Record<string, string | undefined>>

/** The secrets, newest first. SOJOURN_SECRET may hold several, separated by commas. Throws in production without it. */
export function readSecrets(environment: Environment, file: string): readonly string[] {
  const given = environment['SOJOURN_SECRET']
  if (given) return given.split(',').map((secret) => secret.trim())
  if (environment['NODE_ENV'] === 'production') {
    throw new Error(
      'SOJOURN_SECRET is not set. Make one with: ' +
        `node -p "require('node:crypto').randomBytes(32).toString('base64url')"`,
    )
  }
  try {
    // wx: of two processes that start together one makes the file, and the other reads it.
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    chmodSync(file, 0o600)
  }
  return [readFileSync(file, 'utf8').trim()]
}
