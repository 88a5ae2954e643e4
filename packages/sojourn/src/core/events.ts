// What happened, told after the store has agreed. One discriminated union, without credentials: audit log, metrics,
// traces and webhooks are all listeners to it. docs/events.md is compared with this file by a test.

import type { DeviceFault } from './dbsc/proof.ts'
import type { ProofFault } from './dpop/proof.ts'
import type { Signal } from './risk.ts'
import type { Device, Profile } from './session.ts'
import type { Instant } from './time.ts'

/** Why a session ended. */
export type EndReason =
  | 'signed_out' // by its own person, here
  | 'signed_out_elsewhere' // by its own person, from another session
  | 'signed_out_at_provider' // its identity provider has ended the session that it came from
  | 'replaced' // a new sign-in on the same device took its place
  | 'evicted' // too many sessions
  | 'revoked' // by the application or an administrator
  | 'reused' // a copied session token was presented
  | 'erased' // the key of its data was dropped
  | 'risk' // a refresh was as unusual as the policy allows none to be
  | 'idle'
  | 'absolute'

/** Why a session in the store cannot be read. */
export type UnreadableReason =
  | 'spoilt' // it is no session as we write one
  | 'erased' // the key of its data was dropped
  | 'tampered' // its data, or what that belongs to, was changed by somebody else
  | 'locked' // no secret that is configured here opens the key of its data
  | 'unencrypted' // its data is plain, and `encryption.plain` refuses that

/** Who has ended a session, where somebody has and it is known. */
export interface Actor {
  readonly kind:
    | 'subject' // its own person
    | 'api_key' // a backend, with an API key of the server
    | 'operator' // somebody in the dashboard
    | 'command' // somebody at the command line
  /** Of the API key, or of the user at the command line. Absent for the subject. */
  readonly name?: string
  /** The id of the session from which they did it: of the dashboard, or another one of the person. */
  readonly session?: string
}

interface About {
  readonly at: Instant
  readonly sessionId: string
  readonly subject?: string
  readonly tenant?: string
}

/** Everything Sojourn tells. `level` says how much it should worry somebody. */
export type SojournEvent =
  | (About & {
      readonly type: 'session.created'
      readonly level: 'info'
      readonly profile: Profile
      readonly device: Device
    })
  | (About & {
      readonly type: 'session.refreshed'
      readonly level: 'info'
      readonly generation: number
      readonly device?: Device
    })
  | (About & {
      readonly type: 'session.replayed'
      readonly level: 'info'
      readonly generation: number
      readonly presented: number
      readonly device?: Device
    })
  | (About & {
      readonly type: 'session.reused'
      readonly level: 'critical'
      readonly generation: number
      readonly presented: number
      readonly device?: Device
    })
  | (About & {
      readonly type: 'session.superseded'
      readonly level: 'info'
      readonly generation: number
      readonly presented: number
    })
  | (About & {
      readonly type: 'risk.noted'
      readonly level: 'info' | 'warning'
      /** 1 to 100: the weights of the signals, added up. */
      readonly score: number
      readonly signals: readonly Signal[]
      /** What the policy made of it: nothing, a step-up, or the end of the session. */
      readonly outcome: 'noted' | 'doubted' | 'ended'
      readonly device: Device
      readonly former?: Device
    })
  | {
      readonly type: 'session.unreadable'
      readonly level: 'warning' | 'critical'
      readonly at: Instant
      readonly sessionId: string
      readonly reason: UnreadableReason
    }
  | (About & { readonly type: 'session.confirmed'; readonly level: 'info'; readonly generation: number })
  | (About & {
      readonly type: 'session.stepped_up'
      readonly level: 'info'
      readonly amr: readonly string[]
      readonly acr?: string
    })
  | (About & {
      readonly type: 'session.bound'
      readonly level: 'info'
      readonly algorithm: 'ES256' | 'RS256'
    })
  | {
      readonly type: 'binding.skipped'
      readonly level: 'info'
      readonly at: Instant
      readonly sessionId?: string
      readonly reason: string
    }
  | (About & {
      readonly type: 'session.updated'
      readonly level: 'info'
      readonly changed: readonly ('claims' | 'data')[]
    })
  | (About & {
      readonly type: 'session.ended'
      readonly level: 'info' | 'warning'
      readonly reason: EndReason
      readonly actor?: Actor
    })
  | {
      readonly type: 'session.refused'
      readonly level: 'info'
      readonly at: Instant
      readonly subject?: string
      readonly reason: 'limit'
    }
  | {
      readonly type: 'token.rejected'
      readonly level: 'warning'
      readonly at: Instant
      readonly token: 'session' | 'access' | 'logout' | 'event'
      readonly reason: string
    }
  | {
      readonly type: 'proof.rejected'
      readonly level: 'warning'
      readonly at: Instant
      readonly sessionId?: string
      readonly subject?: string
      readonly tenant?: string
      readonly reason: ProofFault | DeviceFault | 'unbound'
    }
  | {
      readonly type: 'csrf.rejected'
      readonly level: 'warning'
      readonly at: Instant
      readonly sessionId?: string
      readonly reason: string
    }
  | {
      readonly type: 'rate.limited'
      readonly level: 'warning'
      readonly at: Instant
      readonly sessionId?: string
    }
  | {
      readonly type: 'cookie.duplicate'
      readonly level: 'warning'
      readonly at: Instant
      readonly cookie: string
    }
  | {
      readonly type: 'key.published' | 'key.activated' | 'key.retired' | 'key.removed'
      readonly level: 'info'
      readonly at: Instant
      readonly kid: string
      readonly algorithm: string
    }
  | {
      readonly type: 'data_key.rotated' | 'data_key.dropped'
      readonly level: 'info'
      readonly at: Instant
      readonly subject: string
    }
  | {
      readonly type: 'data_keys.renewed'
      readonly level: 'info' | 'warning'
      readonly at: Instant
      /** How many keys were wrapped by the newest secret. */
      readonly rewrapped: number
      /** How many sessions were encrypted anew. */
      readonly resealed: number
      /** How many keys and sessions could not be read. */
      readonly unreadable: number
      readonly took: number
      /** Whether nothing that can be read is under an older secret or key any more. */
      readonly done: boolean
    }
  | {
      readonly type: 'sweep.finished'
      readonly level: 'info'
      readonly at: Instant
      readonly removed: number
      readonly took: number
      /** Whether nothing expired is left. */
      readonly done: boolean
      /** How many expired entries are left, counted up to 10,000. */
      readonly left: number
    }
  | {
      readonly type: 'request.failed'
      readonly level: 'warning' | 'critical'
      readonly at: Instant
      /** The code of the answer. */
      readonly code: string
      /** Name and message of the cause, without our tokens. */
      readonly error: string
    }
  | { readonly type: 'feed.stale'; readonly level: 'warning'; readonly at: Instant; readonly behind: number }
  | {
      readonly type: 'listener.failed'
      readonly level: 'warning'
      readonly at: Instant
      readonly event: string
    }

/** What was unusual about a sign-in or a refresh. */
export type RiskNote = Extract<SojournEvent, { readonly type: 'risk.noted' }>

/** A listener to events. What it throws is reported as `listener.failed` to the others and fails no request. */
export type Listener = (event: SojournEvent) => void

/** Tells every listener, and keeps their failures from the caller. */
export function teller(listeners: readonly Listener[]): Listener {
  const tell = (event: SojournEvent, to: readonly Listener[]): void => {
    for (const listener of to) {
      try {
        listener(event)
      } catch {
        const others = to.filter((other) => other !== listener)
        if (event.type !== 'listener.failed') {
          tell({ type: 'listener.failed', level: 'warning', at: event.at, event: event.type }, others)
        }
      }
    }
  }
  return listeners.length === 0 ? () => {} : (event) => tell(event, listeners)
}
