export { sojournSvelteKit, signedIn, answering, type SvelteKitEvent } from './adapter/sveltekit.ts'
export type { Exchange } from './http/exchange.ts'
export type { Needs } from './http/guard.ts'
export type { HttpOptions } from './http/options.ts'
