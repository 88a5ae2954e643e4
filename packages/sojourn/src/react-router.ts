export {
  sojournReactRouter,
  type ReactRouterOptions,
  type ReactRouterSession,
  type RouterCall,
  type RouterContext,
} from './adapter/react-router.ts'
export type { Connection } from './adapter/shared-fetch.ts'
export type { Needs } from './http/guard.ts'
export type { HttpOptions } from './http/options.ts'
