// The client: a `fetch` for the application's own server (fetcher.ts), and what it knows of the session
// (session-keeper.ts).

import type { BearerTokens, Vault } from './bearer.ts'
import type { SignOutScope } from './credentials.ts'
import { Fetcher, type FetchInit } from './fetcher.ts'
import type { Platform } from './platform.ts'
import type { FetchInput } from './replay.ts'
import type { ProofKeys } from './sending.ts'
import { SessionKeeper } from './session-keeper.ts'
import type { ClientSession } from './session.ts'
import type { ClientListener, ClientState } from './state.ts'

export interface ClientOptions {
  /** Where the server is. Default: the origin of the page. */
  readonly url?: string
  /** Of the ready-made routes. Default: `/session`. */
  readonly prefix?: string
  /** How credentials are carried. Default: `cookie`. */
  readonly profile?: 'cookie' | 'bearer'
  /** Seconds before the end at which the person is warned. Default: 60. */
  readonly warnBefore?: number
  /** What a page that was rendered on the server brings along: its session, or null for a visitor. */
  readonly initial?: { readonly session: ClientSession | null; readonly csrfToken?: string }
  /** For the bearer profile: secure storage of the device. Default: memory only. */
  readonly vault?: Vault
  /** For the bearer profile: `proofKeys()` of `sojourn/client-dpop`, for tokens that are bound to a key. Default: none. */
  readonly dpop?: ProofKeys
  /** For tests, and for runtimes that lack something. */
  readonly platform?: Partial<Platform>
}

export interface Client {
  /** Where the ready-made routes are, such as `https://app.example/session`. */
  readonly base: string
  /** `fetch`, with credentials for our own origin, and one repetition where a refusal could be cured. */
  readonly fetch: (input: FetchInput, init?: FetchInit) => Promise<Response>
  /** What is known. The same value until something changes. */
  readonly state: ClientState
  /** What the page brought along, for rendering it the same way again. */
  readonly initialState: ClientState
  /** Calls the listener after every change; returns what ends that. */
  readonly subscribe: (listener: ClientListener) => () => void
  /** Asks the server who is signed in. */
  readonly load: () => Promise<ClientState>
  /** Tells the client that the application has signed somebody in; for the bearer profile, with the tokens. */
  readonly signedIn: (tokens?: BearerTokens) => Promise<ClientState>
  /** "Stay signed in": counts as being seen. */
  readonly stay: () => Promise<ClientState>
  /** Resolves when the server has confirmed it, and rejects otherwise: then nobody is signed out. */
  readonly signOut: (scope?: SignOutScope) => Promise<void>
  /** Seconds until the session is over if nothing is done; undefined where there is none. */
  readonly secondsLeft: () => number | undefined
  /** Ends timers, listeners and the channel to other tabs. */
  readonly close: () => void
}

/** Makes a client. Nothing is sent, and nothing is listened to, before it is used. */
export function createClient(options: ClientOptions = {}): Client {
  const keeper = new SessionKeeper(options)
  const fetcher = new Fetcher(keeper)
  return {
    base: keeper.base,
    fetch: (input, init) => fetcher.fetch(input, init),
    get state() {
      return keeper.holder.state
    },
    initialState: keeper.holder.state,
    subscribe(listener) {
      keeper.start()
      return keeper.holder.add(listener)
    },
    load: () => keeper.load(),
    signedIn: (tokens) => keeper.signedIn(tokens),
    stay: () => keeper.stay(),
    signOut: (scope = 'this') => keeper.signOut(scope),
    secondsLeft: () => keeper.secondsLeft(),
    close: () => keeper.close(),
  }
}
