// Passwords are kept as scrypt hashes, with the parameters that OWASP recommends (32 MiB, three times over). Checking
// takes the same work whether or not there is such a user, so that the time of an answer does not tell.

import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'

export type Passwords = ReturnType<typeof createPasswords>

/** What a password must be: long (NIST SP 800-63B-4 §3.1.1.2), and nothing else. */
export const shortestPassword = 15
const longestPassword = 256

const saltBytes = 16
const hashBytes = 32
const shape = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

/** Hashing and checking. `cost` is the binary logarithm of N; default 15. Tests choose less. */
export function createPasswords({ cost = 15 }: { readonly cost?: number } = {}) {
  const current = `$scrypt$ln=${cost},r=8,p=3$`
  // What is compared when there is no such user: the hash of no password.
  const decoy = current + [randomBytes(saltBytes), randomBytes(hashBytes)].map(text).join('$')
  return {
    async hash(password: string): Promise<string> {
      const salt = randomBytes(saltBytes)
      const hash = await derive(password, salt, { N: 2 ** cost, r: 8, p: 3 })
      return current + [salt, hash].map(text).join('$')
    },
    /** Whether it is the password of this hash; never for undefined, after as much work. */
    async verify(password: string, kept: string | undefined): Promise<boolean> {
      const [, ln, r, p, salt, hash] = shape.exec(kept ?? decoy) ?? []
      if (salt === undefined || hash === undefined) throw new Error('A kept password is not a scrypt hash')
      const parameters = { N: 2 ** Number(ln), r: Number(r), p: Number(p) }
      const expected = Buffer.from(hash, 'base64')
      const isEqual = timingSafeEqual(
        await derive(password, Buffer.from(salt, 'base64'), parameters),
        expected,
      )
      return isEqual && kept !== undefined
    },
    /** Whether it should be hashed anew, now that the password is at hand. */
    isDated: (kept: string): boolean => !kept.startsWith(current),
  }
}

/** Why a new password will not do; undefined if it will. */
export function passwordFault(password: string): string | undefined {
  if (password.length < shortestPassword)
    return `Use at least ${shortestPassword} characters. Four or five unrelated words are easy to remember.`
  if (password.length > longestPassword) return `Use at most ${longestPassword} characters.`
  return undefined
}

// One form for what looks the same, however a keyboard composes it (NIST SP 800-63B-4 §3.1.1.2).
function derive(
  password: string,
  salt: Buffer,
  { N, r, p }: { N: number; r: number; p: number },
): Promise<Buffer> {
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, hashBytes, options, (error, hash) =>
      error ? reject(error) : resolve(hash),
    )
  })
}

function text(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
