// The stores of express-session that we are measured beside, by the shape that is used of them. They are imported by
// name at run time, because they are installed with the benchmarks only: the rest of the workspace compiles without.

import { randomBytes } from 'node:crypto'

import type { Facts } from './facts.ts'
import { idle } from './sessions.ts'

export interface PeerStore {
  set(id: string, session: object, done: (error?: unknown) => void): void
  get(id: string, done: (error: unknown, session?: unknown) => void): void
  touch?(id: string, session: object, done: (error?: unknown) => void): void
}

type StoreOf = new (options: object) => PeerStore

interface Cookie {
  expires: Date
  originalMaxAge: number
}

interface ExpressSession {
  readonly Cookie: new (options: object) => Cookie
  readonly MemoryStore: new () => PeerStore
}

const expressSession = 'express-session'
const connectRedis = 'connect-redis'
const connectPgSimple = 'connect-pg-simple'
const memorystore = 'memorystore'

const session = await imported<ExpressSession>(expressSession)

export async function connectRedisStore(options: object): Promise<PeerStore> {
  const { RedisStore } = (await import(connectRedis)) as { RedisStore: StoreOf }
  return new RedisStore(options)
}

export async function connectPgSimpleStore(options: object): Promise<PeerStore> {
  const storeOf = await imported<(session: ExpressSession) => StoreOf>(connectPgSimple)
  return new (storeOf(session))(options)
}

export async function memorystoreStore(options: object = { ttl: idle }): Promise<PeerStore> {
  const storeOf = await imported<(session: ExpressSession) => StoreOf>(memorystore)
  return new (storeOf(session))(options)
}

export function expressMemoryStore(): PeerStore {
  return new session.MemoryStore()
}

/** An id as express-session makes it: 24 random bytes. */
export function peerId(): string {
  return randomBytes(24).toString('base64url')
}

/** The session as an application of express-session keeps the same facts. */
export function peerSession({ subject, claims, data, device, signedInAt, seenAt }: Facts): object {
  const cookie = new session.Cookie({ httpOnly: true, secure: true, sameSite: 'lax' })
  cookie.expires = new Date(seenAt + idle)
  cookie.originalMaxAge = idle
  return { cookie, subject, claims, data, device, createdAt: signedInAt, lastSeenAt: seenAt }
}

/** Keeps a session in a peer's store. */
export function keep(store: PeerStore, id: string, value: object): Promise<void> {
  return new Promise((resolve, reject) => {
    store.set(id, value, (error) => (error ? reject(error) : resolve()))
  })
}

/** What a peer's store gives back. */
export function kept(store: PeerStore, id: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    store.get(id, (error, value) => (error ? reject(error) : resolve(value)))
  })
}

async function imported<T>(name: string): Promise<T> {
  return ((await import(name)) as { default: T }).default
}
