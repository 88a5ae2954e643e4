export { sojournNest, type NestCommon, type NestSession } from './adapter/nest.ts'
export type { Exchange } from './http/exchange.ts'
export type { Needs } from './http/guard.ts'
