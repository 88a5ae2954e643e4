// What the client knows, as a value that is replaced and never changed, and those who want to hear of it.

import type { Problem } from './problem.ts'
import type { ClientSession, SignOutReason } from './session.ts'
import type { WarningKind } from './deadlines.ts'

export type ClientState =
  /** Nobody has asked yet. */
  | { readonly status: 'unknown' }
  | {
      readonly status: 'signed-in'
      readonly session: ClientSession
      /** The time is nearly up. How much is left: `secondsLeft()`. */
      readonly warning?: WarningKind
    }
  | {
      readonly status: 'signed-out'
      /** Absent for a visitor who was not signed in before. */
      readonly reason?: SignOutReason
    }

export type ClientEvent =
  | { readonly type: 'signed-in'; readonly session: ClientSession }
  | { readonly type: 'signed-out'; readonly reason: SignOutReason | undefined }
  /** The facts of the session were told anew. */
  | { readonly type: 'updated'; readonly session: ClientSession }
  | { readonly type: 'warning'; readonly kind: WarningKind }
  | { readonly type: 'warning-over' }
  /** A route wants its person to prove anew who they are; the session goes on. */
  | { readonly type: 'proof-required'; readonly problem: Problem }
  /** The vault has failed: the session goes on in memory, and may not survive the next start. */
  | { readonly type: 'unsaved'; readonly error: unknown }

export type ClientListener = (event: ClientEvent) => void

export class StateHolder {
  #state: ClientState
  readonly #listeners = new Set<ClientListener>()

  constructor(state: ClientState) {
    this.#state = state
  }

  get state(): ClientState {
    return this.#state
  }

  get session(): ClientSession | undefined {
    return this.#state.status === 'signed-in' ? this.#state.session : undefined
  }

  /** Adds a listener; returns what removes it. */
  add(listener: ClientListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  signIn(session: ClientSession): void {
    const isNew = this.session?.id !== session.id
    const warning = this.#state.status === 'signed-in' && !isNew ? this.#state.warning : undefined
    this.#state = { status: 'signed-in', session, ...(warning ? { warning } : {}) }
    this.tell({ type: isNew ? 'signed-in' : 'updated', session })
  }

  signOut(reason: SignOutReason | undefined): void {
    if (this.#state.status === 'signed-out') return
    this.#state = { status: 'signed-out', ...(reason ? { reason } : {}) }
    this.tell({ type: 'signed-out', reason })
  }

  warn(kind: WarningKind | undefined): void {
    if (this.#state.status !== 'signed-in' || this.#state.warning === kind) return
    const { session } = this.#state
    this.#state = { status: 'signed-in', session, ...(kind ? { warning: kind } : {}) }
    this.tell(kind ? { type: 'warning', kind } : { type: 'warning-over' })
  }

  /** Tells every listener; what one of them throws is the page's own affair, and stops none of the others. */
  tell(event: ClientEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        void Promise.reject(error)
      }
    }
  }
}
