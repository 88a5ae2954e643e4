// Where secrets are compared, each with two inputs: one that is wrong from its first character on, one that is wrong in
// its last. A comparison with a way out answers the first sooner, and a guesser learns a character at a time.

import { Buffer } from 'node:buffer'

import { isCsrfToken, issueCsrfToken } from '../../packages/sojourn/src/core/csrf-token.ts'
import { equalSecrets, equalTexts } from '../../packages/sojourn/src/core/crypto.ts'
import {
  issueSessionToken,
  newSecret,
  readSessionToken,
} from '../../packages/sojourn/src/core/session-token.ts'
import { systemRandom } from '../../packages/sojourn/src/core/system.ts'
import { keysFor } from '../../packages/sojourn/test/support/secrets.ts'

export interface Comparison {
  readonly name: string
  /** `control`: known to leak, so the measurement must see it. */
  readonly kind: 'ours' | 'control'
  readonly compare: (input: string) => boolean
  readonly early: string
  readonly late: string
}

const random = systemRandom()
const keys = keysFor(1)
const session = issueSessionToken(newSecret('ownerownerownerownerowne', random), 7, keys)
const csrf = issueCsrfToken('binding', keys, random)
const secret = Buffer.from(random(32)).toString('base64url')
const bytes = Buffer.from(secret)
/** Where the MAC of a session token begins: 35 bytes are signed. */
const macBegins = 'sj_'.length + Math.ceil((35 * 8) / 6)

export const comparisons: readonly Comparison[] = [
  {
    name: 'session token, its MAC',
    kind: 'ours',
    compare: (token) => readSessionToken(token, keys) !== undefined,
    early: wrongAt(session, macBegins),
    late: wrongAt(session, session.length - 1),
  },
  {
    name: 'CSRF token',
    kind: 'ours',
    compare: (token) => isCsrfToken(token, 'binding', keys),
    early: wrongAt(csrf, 0),
    late: wrongAt(csrf, csrf.length - 1),
  },
  {
    name: 'texts (API keys, state)',
    kind: 'ours',
    compare: (text) => equalTexts(text, secret),
    early: wrongAt(secret, 0),
    late: wrongAt(secret, secret.length - 1),
  },
  {
    name: 'bytes (digests)',
    kind: 'ours',
    compare: (text) => equalSecrets(Buffer.from(text), bytes),
    early: wrongAt(secret, 0),
    late: wrongAt(secret, secret.length - 1),
  },
  {
    name: 'a loop with a way out',
    kind: 'control',
    compare: (text) => leaks(text, secret),
    early: wrongAt(secret, 0),
    late: wrongAt(secret, secret.length - 1),
  },
]

function wrongAt(text: string, at: number): string {
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
}

function leaks(text: string, wanted: string): boolean {
  for (let at = 0; at < wanted.length; at++) if (text.codePointAt(at) !== wanted.codePointAt(at)) return false
  return true
}
