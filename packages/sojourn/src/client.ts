// What `import … from 'sojourn/client'` gives: for browsers and apps, without a dependency and without Node.

export { createClient, type Client, type ClientOptions } from './client/client.ts'
export type { FetchInit } from './client/fetcher.ts'
export { ClientError, type Problem } from './client/problem.ts'
export type { BearerTokens, Kept, Vault } from './client/bearer.ts'
export type { ClientEvent, ClientListener, ClientState } from './client/state.ts'
export type { ClientSession, SignOutReason } from './client/session.ts'
export type { SignOutScope } from './client/credentials.ts'
export type { WarningKind } from './client/deadlines.ts'
export type { Channel, Platform } from './client/platform.ts'
export type { Making, ProofKeys } from './client/sending.ts'
