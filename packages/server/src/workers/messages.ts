// What the processes of one server say to each other.

import type { Told } from '../events/event-log.ts'
import type { Family } from '../metrics/registry.ts'

export type FromWorker =
  /** It takes requests; `lines` are for the person who started it. */
  | { readonly kind: 'serving'; readonly lines: readonly string[] }
  | { readonly kind: 'event'; readonly event: Told['event'] }
  /** It wants to know what all have counted. */
  | { readonly kind: 'collect'; readonly id: number }
  | { readonly kind: 'counted'; readonly id: number; readonly families: readonly Family[] }

export type FromPrimary =
  | { readonly kind: 'told'; readonly told: Told }
  /** Say what you have counted. */
  | { readonly kind: 'count'; readonly id: number }
  | { readonly kind: 'collected'; readonly id: number; readonly families: readonly (readonly Family[])[] }
