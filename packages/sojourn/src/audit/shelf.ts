// Where messages of an outbox are kept that must outlive the process: each is an entry in the store, under the receiver that
// it is for. The entry says before when nobody else needs to look after it. Whoever sends it moves that ahead first, by
// compare-and-set, so of all nodes one sends it at a time; when that node dies, the time passes, and another finds it
// overdue. A message is sent at least once: a node may die after the receiver has taken it and before the entry is gone.
//
// A clock that is wrong by more than is tolerated makes two nodes send the same, which receivers know by its name.

import { sha256Text } from '../core/crypto.ts'
import type { Entry, Store } from '../core/store.ts'
import type { Instant, Milliseconds } from '../core/time.ts'

export interface ShelfOptions {
  readonly store: Store
  /** Whose messages they are: 24 characters, the same on every node (`ownerOf`). */
  readonly owner: string
  /** How far the clocks of nodes may differ. */
  readonly tolerance: Milliseconds
}

/** A message as it is kept. */
export interface Shelved<Message> {
  readonly id: string
  readonly version: number
  readonly expiresAt: Instant
  readonly message: Message
  /** How often it was sent in vain. */
  readonly attempts: number
  /** Before when nobody else looks after it. */
  readonly dueAt: Instant
}

export class Shelf<Message extends { readonly id: string }> {
  readonly #options: ShelfOptions

  constructor(options: ShelfOptions) {
    this.#options = options
  }

  /** Keeps a new message, looked after by whoever has called this until `dueAt`. Rejects if the store does. */
  async add(message: Message, dueAt: Instant, expiresAt: Instant): Promise<Shelved<Message>> {
    const { store, owner } = this.#options
    // Its length tells it from a session.
    const id = owner + sha256Text(message.id)
    const shelved = { id, version: 1, expiresAt: Math.ceil(expiresAt), message, attempts: 0, dueAt }
    await store.insert(this.#entry(shelved))
    return shelved
  }

  /** Changes what is known of it; resolves to undefined if another node looks after it now, or it is gone. */
  async update(
    shelved: Shelved<Message>,
    facts: Partial<Pick<Shelved<Message>, 'attempts' | 'dueAt' | 'message'>>,
  ): Promise<Shelved<Message> | undefined> {
    const next = { ...shelved, ...facts, version: shelved.version + 1 }
    return (await this.#options.store.replace(this.#entry(next))) ? next : undefined
  }

  /** It was taken, or is given up. */
  async drop({ id }: Shelved<Message>): Promise<void> {
    await this.#options.store.remove(id)
  }

  /** What nobody looks after, the longest waiting first. */
  async overdue(now: Instant): Promise<readonly Shelved<Message>[]> {
    const { store, owner, tolerance } = this.#options
    const kept = (await store.list(owner)).flatMap((entry) => this.#read(entry) ?? [])
    return kept
      .filter(({ dueAt, expiresAt }) => dueAt + tolerance <= now && now < expiresAt)
      .toSorted((a, b) => a.dueAt - b.dueAt)
  }

  #entry({ id, version, expiresAt, message, attempts, dueAt }: Shelved<Message>): Entry {
    const { owner } = this.#options
    return { id, owner, version, expiresAt, state: JSON.stringify({ t: 'outbox', message, attempts, dueAt }) }
  }

  // Written by us, perhaps by another version of us: what is not understood is left alone until it expires.
  #read({ id, version, expiresAt, state }: Entry): Shelved<Message> | undefined {
    const kept: unknown = JSON.parse(state)
    if (!isObject(kept) || kept['t'] !== 'outbox') return undefined
    const { message, attempts, dueAt } = kept
    if (typeof attempts !== 'number' || typeof dueAt !== 'number') return undefined
    if (!isObject(message) || typeof message['id'] !== 'string') return undefined
    return { id, version, expiresAt, message: message as unknown as Message, attempts, dueAt }
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
