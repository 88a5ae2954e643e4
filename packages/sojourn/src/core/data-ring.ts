// The keys of one subject, as an entry of a store keeps them: each wrapped (AES-256-GCM) by a key that is derived from a
// secret, newest first. An entry is made by `insert` and changed by compare-and-set, so of several nodes that make the
// first key of a subject at once one wins, and one that was removed never comes back: what is made after it is another
// key, by chance, with another name.
//
// It lies in the partition of its subject's sessions, under an owner of its own, so that ending sessions leaves it alone.

import { decode, encode } from './base64url.ts'
import { seal, secretKey, sha256Text, unseal, type SecretKey } from './crypto.ts'
import type { MasterKey } from './data-options.ts'
import type { Entry } from './store.ts'
import type { Random } from './system.ts'
import type { Instant } from './time.ts'

/** One key of a subject. */
export interface DataKey {
  /** Random: a key that was dropped and the one that came after it are told apart. */
  readonly id: string
  readonly createdAt: Instant
  /** Until when sessions may live whose data is under it; absent for the newest. */
  readonly until?: Instant
  /** Undefined where no secret of ours unwraps it as it is kept. */
  readonly bytes: Uint8Array | undefined
  /** The same, to seal with. */
  readonly secret: SecretKey | undefined
  readonly wrapped: Wrapped
}

/** Under which secret, and what it wraps. */
type Wrapped = readonly [mark: string, sealed: string]

/** The keys of a subject, newest first. */
export interface DataRing {
  /** Of its entry. */
  readonly id: string
  readonly version: number
  readonly expiresAt: Instant
  readonly keys: readonly [DataKey, ...DataKey[]]
}

interface State {
  readonly t: 'data keys'
  /** Of which application and environment, in short. */
  readonly p: string
  readonly k: readonly (readonly [
    id: string,
    createdAt: Instant,
    mark: string,
    sealed: string,
    until?: Instant,
  ])[]
}

/** The application that a ring is of. */
export interface RingPlace {
  readonly issuer: string
  readonly environment: string
}

/** The id of the entry that keeps the keys of an owner of sessions. No session has an id that ends like this. */
export function ringId(place: RingPlace, owner: string): string {
  return `${owner.slice(0, 8)}${sha256Text(`data keys ${nameOf(place)}${owner}`).slice(0, 16)}________`
}

function nameOf({ issuer, environment }: RingPlace): string {
  return `${environment.length}:${environment}${issuer.length}:${issuer}`
}

function markOf(place: RingPlace): string {
  return sha256Text(`data keys ${nameOf(place)}`).slice(0, 8)
}

/** Whether an entry keeps the keys of a subject of this application, in this environment. */
export function isRingOf({ state }: Entry, place: RingPlace): boolean {
  if (!state.startsWith('{"t":"data keys"')) return false
  const { t, p } = JSON.parse(state) as Partial<State>
  return t === 'data keys' && p === markOf(place)
}

/** A new key, wrapped by the newest secret. */
export function newDataKey(
  ring: string,
  masters: readonly MasterKey[],
  random: Random,
  now: Instant,
): DataKey {
  const bytes = random(32)
  const id = encode(random(6))
  const secret = secretKey(bytes)
  return { id, createdAt: now, bytes, secret, wrapped: wrap(ring, { id, bytes }, masters[0]!, random) }
}

function wrap(
  ring: string,
  { id, bytes }: { readonly id: string; readonly bytes: Uint8Array },
  { mark, wrapping }: MasterKey,
  random: Random,
): Wrapped {
  return [mark, seal(wrapping, random(12), encode(bytes), `data key ${ring} ${id}`)]
}

/** The same keys, all that can be under the newest secret. */
export function rewrapped(ring: DataRing, masters: readonly MasterKey[], random: Random): DataRing {
  const newest = masters[0]!
  const under = (key: DataKey): DataKey =>
    key.bytes === undefined || key.wrapped[0] === newest.mark
      ? key
      : { ...key, wrapped: wrap(ring.id, { id: key.id, bytes: key.bytes }, newest, random) }
  const [first, ...rest] = ring.keys
  return { ...ring, keys: [under(first), ...rest.map(under)] }
}

/** Whether a key that can be read is wrapped by an older secret. */
export function isOutdated({ keys }: DataRing, masters: readonly MasterKey[]): boolean {
  return keys.some(({ bytes, wrapped: [mark] }) => bytes !== undefined && mark !== masters[0]?.mark)
}

/** Whether all keys are wrapped by the newest secret. */
export function isCurrent({ keys }: DataRing, masters: readonly MasterKey[]): boolean {
  return keys.every(({ wrapped: [mark] }) => mark === masters[0]?.mark)
}

export function ringEntry({ id, version, expiresAt, keys }: DataRing, place: RingPlace): Entry {
  const state: State = {
    t: 'data keys',
    p: markOf(place),
    k: keys.map(({ id: name, createdAt, wrapped: [mark, sealed], until }) =>
      until === undefined ? [name, createdAt, mark, sealed] : [name, createdAt, mark, sealed, until],
    ),
  }
  return { id, owner: id.slice(0, 24), version, expiresAt, state: JSON.stringify(state) }
}

/** The keys in an entry; undefined for an entry of another kind. Throws for one that is spoilt. */
export function ringIn(entry: Entry, masters: readonly MasterKey[]): DataRing | undefined {
  const { t, k } = JSON.parse(entry.state) as Partial<State>
  if (t !== 'data keys') return undefined
  const [first, ...rest] = k!.map(([id, createdAt, mark, sealed, until]): DataKey => {
    const master = masters.find((one) => one.mark === mark)
    const text = master && unseal(master.wrapping, sealed, `data key ${entry.id} ${id}`)
    // One that was tampered with is as one that no secret opens: nothing is ever sealed under it.
    const bytes = text === undefined ? undefined : decode(text)
    return {
      id,
      createdAt,
      bytes,
      secret: bytes && secretKey(bytes),
      wrapped: [mark, sealed],
      ...(until === undefined ? {} : { until }),
    }
  })
  return { id: entry.id, version: entry.version, expiresAt: entry.expiresAt, keys: [first!, ...rest] }
}
