// The server's own secret and its first API key, made on first start for a developer and kept in a file that only its
// owner can read. In production they are given, never made: a secret that appears by itself disappears by itself.

import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Credentials {
  readonly secrets: readonly string[]
  readonly apiKey: string
}

/** API keys begin with this, so that secret scanners find them. */
export const apiKeyPrefix = 'sjk_'

export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

export function newApiKey(): string {
  return apiKeyPrefix + randomBytes(32).toString('base64url')
}

/** The credentials in the folder, made now if there are none yet. */
export function readOrCreateCredentials(
  home: string,
): Credentials & { readonly path: string; readonly isNew: boolean } {
  const path = join(home, 'credentials.json')
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const made: Credentials = { secrets: [newSecret()], apiKey: newApiKey() }
  try {
    // `wx` fails if another process was faster, and then its credentials are the ones.
    writeFileSync(path, `${JSON.stringify(made, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' })
    return { ...made, path, isNew: true }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  chmodSync(path, 0o600)
  return { ...readCredentials(path), path, isNew: false }
}

function readCredentials(path: string): Credentials {
  const read: unknown = JSON.parse(readFileSync(path, 'utf8'))
  const { secrets, apiKey } = read as Partial<Credentials>
  if (!Array.isArray(secrets) || typeof apiKey !== 'string') {
    throw new Error(`${path} does not hold "secrets" and "apiKey"; move it away to have new ones made`)
  }
  return { secrets, apiKey }
}
