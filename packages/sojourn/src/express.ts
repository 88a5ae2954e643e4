export { sojournExpress, signedIn, sojournErrors, type ExpressOptions } from './adapter/express.ts'
export type { Needs } from './http/guard.ts'
export type { HttpOptions } from './http/options.ts'
export { adoptSession, type AdoptOptions, type Former } from './adapter/express-adopt.ts'
