// A server with one session layer, or with none. All of them answer the same two requests: `GET /sign-in/7` signs a person
// in, and `GET /` says who is there, or 401.

import { randomBytes } from 'node:crypto'

/** Something that can be started. */
export interface Layer {
  readonly kind: 'ours' | 'peer' | 'raw' | 'bare'
  /** Starts a server on a free port of the loopback; gives the port. `redis` is a URL, for those that need one. */
  listen(redis: string): Promise<number>
  /** Headers that each request carries besides the usual ones. */
  readonly headers?: Readonly<Record<string, string>>
}

export type Layers = Readonly<Record<string, Layer>>

/** The name of person `number`. */
export function person(number: number | string): string {
  return `person-${String(number).padStart(4, '0')}`
}

/** What is signed in where a layer has none. */
export const nobody = person(0)

/** 32 random bytes, as everybody asks for. */
export const secret = randomBytes(32).toString('base64url')

/** The number in `/sign-in/7`; undefined for any other path. */
export function signInNumber(path: string): string | undefined {
  return path.startsWith('/sign-in/') ? path.slice('/sign-in/'.length) : undefined
}

/** The least that a program can do: look for its cookie, and for what the cookie names. */
export class ByMap {
  readonly #sessions = new Map<string, { readonly subject: string }>()

  signIn(number: string): string {
    const id = `${person(number)}-${crypto.randomUUID()}`
    this.#sessions.set(id, { subject: person(number) })
    return `sid=${id}; Path=/; HttpOnly`
  }

  subject(cookie: string | undefined): string | undefined {
    if (cookie === undefined) return undefined
    const at = cookie.indexOf('sid=')
    if (at < 0) return undefined
    const end = cookie.indexOf(';', at)
    return this.#sessions.get(cookie.slice(at + 4, end < 0 ? undefined : end))?.subject
  }
}
