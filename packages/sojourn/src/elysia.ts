export { sojournElysia, signedIn, type ElysiaOptions, type ElysiaSession } from './adapter/elysia.ts'
export type { Connection } from './adapter/shared-fetch.ts'
export type { Needs } from './http/guard.ts'
export type { HttpOptions } from './http/options.ts'
