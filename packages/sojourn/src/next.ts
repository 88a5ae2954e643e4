export { sojournNext, type NextOptions, type NextSession } from './adapter/next.ts'
export type { Connection } from './adapter/shared-fetch.ts'
export type { Needs } from './http/guard.ts'
export type { HttpOptions } from './http/options.ts'
