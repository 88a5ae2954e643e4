// Sessions as the engine writes them: signed in some days ago, lately refreshed three times, so that they hold all that a
// session in use holds.
//
// A million of them are made by what the engine itself is made of, its rules and its codec, but without minting four
// million tokens that nobody gets to see. So that this is no other format, the first of each batch is made a second time
// by an engine, and has to be the same to the letter.

import { deepStrictEqual } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'

import { createSojourn, type Entry, type Session, type Sojourn, type Store } from 'sojourn'
import { memoryStore } from 'sojourn/memory'

import { entryOf } from '../../../packages/sojourn/src/core/codec.ts'
import { present } from '../../../packages/sojourn/src/core/session.ts'
import { newSecret, ownerOf, sessionIdOf } from '../../../packages/sojourn/src/core/session-token.ts'
import { systemRandom } from '../../../packages/sojourn/src/core/system.ts'
import { factsOf, type Facts } from './facts.ts'

/** How long a session lives without being seen, for all stores. */
export const idle = 14 * 86_400_000

const issuer = 'https://app.example'

export interface Kept {
  readonly id: string
  readonly entry: Entry
  readonly facts: Facts
}

/** Makes sessions in the order of their numbers, some thousands at a time. */
export class SessionMaker {
  readonly #now = Date.now()
  readonly #secret = randomBytes(32).toString('base64url')
  readonly #random = systemRandom()
  readonly #perSubject: number
  readonly #store = memoryStore()
  readonly #sojourn: Sojourn
  #time = 0

  constructor(perSubject: number) {
    this.#perSubject = perSubject
    this.#sojourn = this.engineOn(this.#store, () => this.#time)
  }

  /** An engine that reads what this makes, from any store. */
  engineOn(store: Store, clock: () => number = Date.now): Sojourn {
    const secrets = [this.#secret]
    const policy = { remember: { idle: '14d' } } as const
    return createSojourn({ issuer, secrets, environment: 'bench', policy, store, clock })
  }

  async *batches(count: number, size: number): AsyncGenerator<readonly Kept[]> {
    for (let from = 0; from < count; from += size) {
      const length = Math.min(size, count - from)
      const batch = Array.from({ length }, (_, at) => this.#make(from + at))
      await this.#compare(from, batch[0]!)
      yield batch
    }
  }

  #make(number: number): Kept {
    const facts = factsOf(number, this.#perSubject, this.#now)
    const { policy } = this.#sojourn.settings
    const owner = ownerOf(issuer, facts.subject)
    const id = sessionIdOf(newSecret(owner, this.#random))
    let session = signedIn(id, facts)
    for (const [generation, time] of refreshTimes(number, facts).entries()) {
      const decision = present(session, { generation }, time, policy)
      if (decision.kind !== 'rotated') throw new Error(`A refresh was ${decision.kind}`)
      session = { ...decision.session, version: session.version + 1 }
    }
    return { id, entry: entryOf(session, owner, policy, 1), facts }
  }

  /** Lets the engine make the same session, from sign-in to the last refresh. */
  async #compare(number: number, { entry, facts }: Kept): Promise<void> {
    const { subject, claims, data, device } = facts
    this.#time = facts.signedInAt
    let issued = await this.#sojourn.create({ subject, claims, data, device, remember: true })
    for (const time of refreshTimes(number, facts)) {
      this.#time = time
      issued = await this.#sojourn.refresh(issued.sessionToken)
    }
    const { id } = issued.session
    const written = await this.#store.find(id)
    await this.#store.remove(id)
    deepStrictEqual({ ...entry, id }, written, 'The engine writes a session in another way')
    deepStrictEqual([id.length, id.slice(0, 8)], [entry.id.length, entry.id.slice(0, 8)])
  }
}

/** Three in a row, up to when the person was last seen; not quite as regular as a clock. */
function refreshTimes(number: number, { seenAt }: Facts): readonly number[] {
  const every = 300_000 + (number % 1000)
  return [seenAt - 2 * every, seenAt - every, seenAt]
}

function signedIn(id: string, { subject, claims, data, device, signedInAt }: Facts): Session {
  const times = {
    createdAt: signedInAt,
    authenticatedAt: signedInAt,
    lastSeenAt: signedInAt,
    issuedAt: signedInAt,
  }
  const rest = {
    profile: 'cookie',
    remember: true,
    generation: 0,
    uses: [],
    amr: [],
    claimsVersion: 1,
    version: 1,
  } as const
  return { id, subject, claims, data, device, ...times, ...rest }
}
