export { sojournKoa, signedIn } from './adapter/koa.ts'
export type { Needs } from './http/guard.ts'
export type { HttpOptions } from './http/options.ts'
