// The keys of one node: which signs now, which verify. Two kinds.
//
// Embedded in one application, access tokens are signed with HS256 under a key derived from its secret: nothing to keep,
// nothing to manage. Where others verify them, key pairs live in the store, sealed under the application's secret, as
// one entry that all nodes share; a change is a compare-and-set on it, so that all agree on the next key.

import { Buffer } from 'node:buffer'

import {
  generateJwk,
  headerOf,
  publicJwk,
  signingKey,
  verifyingKey,
  type Algorithm,
  type Jwk,
  type PublicAlgorithm,
  type SigningKey,
  type VerifyingKey,
} from './algorithms.ts'
import { encode } from './base64url.ts'
import { equalTexts, hmac, seal, sha256, unseal } from './crypto.ts'
import { SojournError } from './errors.ts'
import type { Listener, SojournEvent } from './events.ts'
import { activeKey, advance, nextTurn, phaseOf, rotateAtOnce, rotateSoon } from './key-ring.ts'
import type { KeyPhase, KeyRing, KeySchedule, RingKey } from './key-ring.ts'
import type { DerivedKeys } from './secrets.ts'
import { ownerOf } from './session-token.ts'
import type { Entry, Store } from './store.ts'
import type { Random } from './system.ts'
import type { Instant } from './time.ts'

/** What is public about a key. Times are absent for a derived key, which lives as long as its secret. */
export interface KeyInfo {
  readonly kid: string
  readonly algorithm: Algorithm
  readonly phase: KeyPhase
  readonly activeFrom?: Instant
  readonly retiresAt?: Instant
  readonly goneAt?: Instant
}

/** The keys of a node. */
export interface SigningKeys {
  /** Whether `refresh` has something to do. */
  isDue(now: Instant): boolean
  /** Another node has changed the shared keys: `refresh` is due. */
  invalidate(): void
  /** Reads the shared keys again, and turns them if it is time. */
  refresh(now: Instant): Promise<void>
  signer(): SigningKey
  verifier(header: string): VerifyingKey | undefined
  /** The public keys (RFC 7517 §5): empty for derived ones. */
  jwks(): { readonly keys: readonly Jwk[] }
  list(now: Instant): readonly KeyInfo[]
  /** Brings the next key, or with `atOnce` replaces all of them and ends every token that they signed. */
  rotate(now: Instant, atOnce: boolean): Promise<void>
}

/** HS256 under the application's secrets: the newest signs, all verify. */
export function derivedSigningKeys(keys: readonly DerivedKeys[]): SigningKeys {
  const all = keys.map(({ accessKey }) => symmetricKey(accessKey))
  const byHeader = new Map(all.map((key) => [key.header, key]))
  return {
    isDue: () => false,
    invalidate: () => {},
    refresh: async () => {},
    signer: () => all[0]!,
    verifier: (header) => byHeader.get(header),
    jwks: () => ({ keys: [] }),
    list: () =>
      all.map(({ kid, algorithm }, index) => ({
        kid,
        algorithm,
        phase: index === 0 ? 'active' : 'retiring',
      })),
    rotate: async () => {
      throw new SojournError('request_malformed', {
        detail: 'HS256 keys are derived from the secrets: to rotate, put a new secret first in the list.',
      })
    },
  }
}

function symmetricKey(bytes: Uint8Array): SigningKey & VerifyingKey {
  const kid = encode(sha256(bytes).subarray(0, 6))
  const mac = hmac(bytes)
  const sign = (input: string): string => encode(mac(Buffer.from(input, 'utf8')))
  return {
    kid,
    algorithm: 'HS256',
    header: headerOf('HS256', kid),
    sign,
    // Compared as text: a signature has one spelling only.
    verify: (input, signature) => equalTexts(sign(input), signature),
  }
}

export interface VaultOptions {
  readonly algorithm: PublicAlgorithm
  readonly issuer: string
  readonly environment: string
  readonly keys: readonly DerivedKeys[]
  readonly store: Store
  readonly schedule: KeySchedule
  readonly random: Random
  readonly tell: Listener
  /** Called when a key is gone, and with it whatever was verified by it. */
  readonly forget: () => void
}

// How often a node looks whether another one has turned the keys. A key is published for much longer before it signs.
const lookEvery = 60_000
// An entry that must not be swept. It is written anew with every rotation.
const keptFor = 400 * 24 * 3_600_000
const attempts = 8

/** Key pairs in the store, shared by all nodes. Call `refresh` before the first use. */
export function sharedSigningKeys(options: VaultOptions): SigningKeys {
  const { schedule, tell } = options
  const generate = (): Jwk => generateJwk(options.algorithm)
  let ring: KeyRing = []
  let signer: SigningKey | undefined
  let signerUntil: Instant = -Infinity
  let verifiers = new Map<string, VerifyingKey>()
  let lookAt: Instant = -Infinity
  let adoptedAt: Instant = -Infinity

  function adopt(next: KeyRing, now: Instant): void {
    const events = turns({ ring, at: adoptedAt }, { ring: next, at: now })
    if (events.some(({ type }) => type === 'key.removed')) options.forget()
    for (const event of events) tell(event)
    ring = next
    adoptedAt = now
    const active = activeKey(next, now)
    signer = active && signingKey(active.jwk)
    signerUntil = nextTurn(next, now, schedule)
    const usable = next.map((key) => verifyingKey(key.jwk)).filter((key) => typeof key !== 'string')
    verifiers = new Map(usable.map((key) => [key.header, key]))
    lookAt = Math.min(now + lookEvery, signerUntil)
  }

  async function change(now: Instant, turn: (ring: KeyRing) => KeyRing): Promise<void> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const kept = await options.store.find(vaultId(options))
      const before = kept ? openVault(kept, options) : []
      const after = turn(before)
      if (after === before || (await keep(after, kept?.version ?? 0, now))) return adopt(after, now)
    }
    throw new SojournError('store_unavailable', {
      detail: 'The signing keys could not be changed.',
      retryAfter: 1,
    })
  }

  async function keep(next: KeyRing, version: number, now: Instant): Promise<boolean> {
    const entry = closeVault(next, version + 1, now, options)
    return version === 0 ? options.store.insert(entry) : options.store.replace(entry)
  }

  return {
    isDue: (now) => now >= lookAt,
    invalidate: () => {
      lookAt = -Infinity
    },
    refresh: (now) => change(now, (kept) => advance(kept, now, schedule, generate)),
    signer: () => {
      if (!signer)
        throw new SojournError('store_unavailable', { detail: 'There is no signing key yet.', retryAfter: 1 })
      return signer
    },
    verifier: (header) => verifiers.get(header),
    jwks: () => ({ keys: ring.map((key) => publicJwk(key.jwk)) }),
    list: (now) =>
      ring.map(({ jwk, publishedAt: _, ...times }) => ({
        ...named(jwk),
        phase: phaseOf({ jwk, publishedAt: 0, ...times }, now),
        ...times,
      })),
    rotate: (now, atOnce) =>
      change(now, (kept) =>
        atOnce ? rotateAtOnce(now, generate) : rotateSoon(kept, now, schedule, generate),
      ),
  }
}

function named(jwk: Jwk): { kid: string; algorithm: Algorithm } {
  return { kid: jwk['kid'] as string, algorithm: jwk['alg'] as Algorithm }
}

// What has happened to keys between two looks at the ring.
function turns(
  before: { readonly ring: KeyRing; readonly at: Instant },
  after: { readonly ring: KeyRing; readonly at: Instant },
): SojournEvent[] {
  const phases = ({ ring, at }: typeof before): Map<string, KeyPhase> =>
    new Map(ring.map((key) => [named(key.jwk).kid, phaseOf(key, at)]))
  const were = phases(before)
  const are = phases(after)
  const events: SojournEvent[] = []
  const told = (type: KeyEvent, { jwk }: RingKey): void =>
    void events.push({ type, level: 'info', at: after.at, ...named(jwk) })
  for (const key of after.ring) {
    const { kid } = named(key.jwk)
    if (!were.has(kid)) told('key.published', key)
    if (are.get(kid) === 'active' && were.get(kid) !== 'active') told('key.activated', key)
    if (are.get(kid) === 'retiring' && were.get(kid) === 'active') told('key.retired', key)
  }
  for (const key of before.ring) if (!are.has(named(key.jwk).kid)) told('key.removed', key)
  return events
}

type KeyEvent = 'key.published' | 'key.activated' | 'key.retired' | 'key.removed'

// ---------------------------------------------------------------------------------------------- the entry in the store

function vaultOwner({ issuer, environment }: VaultOptions): string {
  return ownerOf(`keys ${environment} ${issuer}`, 'signing keys')
}

function vaultId(options: VaultOptions): string {
  return `${vaultOwner(options)}________`
}

function closeVault(ring: KeyRing, version: number, now: Instant, options: VaultOptions): Entry {
  const id = vaultId(options)
  const sealed = seal(options.keys[0]!.vaultKey, options.random(12), JSON.stringify(ring), id)
  return {
    id,
    owner: vaultOwner(options),
    version,
    expiresAt: now + keptFor + options.schedule.rotateEvery,
    state: JSON.stringify({ t: 'keys', ring: sealed }),
  }
}

/** The ring in an entry. Empty if no configured secret opens it: its tokens cannot be minted or trusted any more. */
function openVault(entry: Entry, options: VaultOptions): KeyRing {
  const { ring } = JSON.parse(entry.state) as { ring: string }
  for (const { vaultKey } of options.keys) {
    const text = unseal(vaultKey, ring, entry.id)
    if (text !== undefined) return JSON.parse(text) as KeyRing
  }
  return []
}
