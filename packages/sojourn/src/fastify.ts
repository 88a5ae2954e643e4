export { sojournFastify, signedIn, sojournErrors } from './adapter/fastify.ts'
export type { Needs } from './http/guard.ts'
export type { HttpOptions } from './http/options.ts'
