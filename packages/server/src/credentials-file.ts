// The server's own secret and its first API key, made on first start for a developer and kept in a file that only its
// owner can read. In production they are given, never made: a secret that appears by itself disappears by itself.

import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

export interface Credentials {
  readonly secrets: readonly string[]
  readonly apiKey: string
}

/** Credentials, and the file that they come from. */
export interface KeptCredentials extends Credentials {
  readonly path: string
  /** Whether they were made just now. */
  readonly isNew: boolean
}

/** API keys begin with this, so that secret scanners find them. */
const apiKeyPrefix = 'sjk_'

export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

export function newApiKey(): string {
  return apiKeyPrefix + randomBytes(32).toString('base64url')
}

/** The credentials in the folder, made now if there are none yet. However many ask at once, all get the same. */
export function readOrCreateCredentials(home: string): KeptCredentials {
  const path = join(home, 'credentials.json')
  makeFolder(home)
  const made = { secrets: [newSecret()], apiKey: newApiKey() }
  if (create(path, `${JSON.stringify(made, undefined, 2)}\n`)) return { ...made, path, isNew: true }
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
  return { ...readCredentials(path), path, isNew: false }
}

// What is in the folder belongs to this machine: not even `git add .` takes it along.
function makeFolder(home: string): void {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  create(join(home, '.gitignore'), '*\n')
}

/** The credentials in the folder; undefined where none were made. */
export function readKeptCredentials(home: string): Credentials | undefined {
  const path = join(home, 'credentials.json')
  return existsSync(path) ? readCredentials(path) : undefined
}

// Written under another name and then linked, which fails if there is a file: so nobody ever reads half of one.
function create(path: string, text: string): boolean {
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx' })
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function readCredentials(path: string): Credentials {
  const { secrets, apiKey } = membersIn(readFileSync(path, 'utf8'))
  const isWhole =
    Array.isArray(secrets) &&
    secrets.length > 0 &&
    secrets.every((secret) => typeof secret === 'string') &&
    typeof apiKey === 'string' &&
    apiKey.length >= 32
  if (isWhole) return { secrets, apiKey }
  throw new Error(
    `${path} does not hold "secrets" and "apiKey" as this server wrote them. Restore it, or move it away to have new ones made: then everybody signs in again.`,
  )
}

function membersIn(text: string): Readonly<Record<string, unknown>> {
  try {
    return { ...(JSON.parse(text) as object) }
  } catch {
    return {}
  }
}
