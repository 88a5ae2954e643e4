export { sojournHono, signedIn, type HonoOptions } from './adapter/hono.ts'
export type { Connection } from './adapter/shared-fetch.ts'
export type { Needs } from './http/guard.ts'
export type { HttpOptions } from './http/options.ts'
