export { sojournExpress, signedIn, sojournErrors, type ExpressOptions } from './adapter/express.ts'
export type { Needs } from './http/guard.ts'
export type { HttpOptions } from './http/options.ts'
