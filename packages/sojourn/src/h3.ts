export { sojournH3, signedIn } from './adapter/h3.ts'
export type { Needs } from './http/guard.ts'
export type { HttpOptions } from './http/options.ts'
