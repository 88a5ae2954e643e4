// The people of the small examples, in place of your own table of users.

import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'

export interface Person {
  readonly id: string
  readonly name: string
  readonly role: 'admin' | 'member'
}

const salt = randomBytes(16)
const hash = (password: string): Buffer => scryptSync(password, salt, 32, { N: 2048 })

const people: readonly (Person & { readonly password: Buffer })[] = [
  { id: 'p1', name: 'anna', role: 'admin', password: hash('anna likes tea') },
  { id: 'p2', name: 'ben', role: 'member', password: hash('ben likes tea') },
]

/** Whose name and password these are; undefined if nobody's. Takes as long either way. */
export function checkPassword(credentials: unknown): Person | undefined {
  const { name, password } = (credentials ?? {}) as { name?: unknown; password?: unknown }
  const given = hash(String(password))
  const person = people.find((one) => one.name === name)
  const isRight = timingSafeEqual(given, person?.password ?? randomBytes(32))
  return person && isRight ? { id: person.id, name: person.name, role: person.role } : undefined
}

/** The secret of an example: yours, or one that lasts as long as the process. */
export function secret(): string {
  return process.env['SOJOURN_SECRET'] ?? randomBytes(32).toString('base64url')
}
