export { sojournNode, type NodeListener } from './adapter/node.ts'
export { guard, type Needs } from './http/guard.ts'
export type { Exchange, SignOutScope } from './http/exchange.ts'
export type { HttpOptions } from './http/options.ts'
