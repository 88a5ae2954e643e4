// Who the users are: a table of the shop's own. Sojourn never sees it; a session knows a user by their id alone.

import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'

import type { Role } from './schema.ts'

export interface User {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: Role
  /** What `passwords.hash` made of their password. */
  readonly password: string
}

export type Users = ReturnType<typeof openUsers>

const columns = 'id, email, name, role, password'
const admins = `(SELECT count(*) FROM users WHERE role = 'admin')`

/** Opens the table of users, and makes it if need be. */
export function openUsers(path: string) {
  const database = new DatabaseSync(path)
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS users (
      id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, role TEXT NOT NULL, password TEXT NOT NULL
    ) STRICT`)
  const prepared = {
    find: database.prepare(`SELECT ${columns} FROM users WHERE id = ?`),
    findByEmail: database.prepare(`SELECT ${columns} FROM users WHERE email = ?`),
    list: database.prepare(`SELECT ${columns} FROM users ORDER BY name, id LIMIT 500`),
    // Whoever comes first runs the shop.
    add: database.prepare(`
      INSERT INTO users (${columns})
      SELECT :id, :email, :name, iif(EXISTS (SELECT 1 FROM users), 'member', 'admin'), :password
      ON CONFLICT (email) DO NOTHING RETURNING ${columns}`),
    rename: database.prepare('UPDATE users SET name = ? WHERE id = ?'),
    setPassword: database.prepare('UPDATE users SET password = ? WHERE id = ?'),
    rehash: database.prepare('UPDATE users SET password = ? WHERE id = ? AND password = ?'),
    // The shop is never left without an administrator.
    setRole: database.prepare(`
      UPDATE users SET role = :role WHERE id = :id AND (:role = 'admin' OR role = 'member' OR ${admins} > 1)`),
    remove: database.prepare(`
      DELETE FROM users
      WHERE id = ? AND (role = 'member' OR ${admins} > 1 OR (SELECT count(*) FROM users) = 1)`),
  }
  return {
    find: (id: string): User | undefined => userIn(prepared.find.get(id)),
    findByEmail: (email: string): User | undefined => userIn(prepared.findByEmail.get(email)),
    /** By name, at most 500. */
    list: (): readonly User[] => prepared.list.all() as unknown as User[],
    /** Resolves to undefined if the address is taken. The first user is an administrator. */
    add: (user: Pick<User, 'email' | 'name' | 'password'>): User | undefined =>
      userIn(prepared.add.get({ id: randomUUID(), ...user })),
    rename: (id: string, name: string): void => void prepared.rename.run(name, id),
    setPassword: (id: string, password: string): void => void prepared.setPassword.run(password, id),
    /** Keeps another hash of the same password, unless the password was changed meanwhile. */
    rehash: ({ id, password }: User, hash: string): void => void prepared.rehash.run(hash, id, password),
    /** False, and nothing changes, if nobody would be left to run the shop, or if there is no such user. */
    setRole: (id: string, role: Role): boolean => prepared.setRole.run({ id, role }).changes === 1,
    /** False, and nothing changes, if the others would be left without anybody to run the shop. */
    remove: (id: string): boolean => prepared.remove.run(id).changes === 1,
    close: (): void => database.close(),
  }
}

function userIn(row: unknown): User | undefined {
  return row as User | undefined
}

/** An e-mail address in the one form in which it is kept and looked up. */
export function emailIn(text: string): string {
  return text.trim().normalize('NFC').toLowerCase().slice(0, 255)
}

export function emailFault(email: string): string | undefined {
  return email.length <= 254 && /^[^\s@]+@[^\s@]+$/.test(email) ? undefined : 'This is not an e-mail address.'
}

export function nameFault(name: string): string | undefined {
  return name.length >= 1 && name.length <= 80 ? undefined : 'A name has 1 to 80 characters.'
}
