// The keys of one node: which signs now, which verify. Two kinds.
//
// Embedded in one application, access tokens are signed with HS256 under a key derived from its secret: nothing to keep,
// nothing to manage. Where others verify them, key pairs live in the store, sealed under the application's secret, as
// one entry that all nodes share; a change is a compare-and-set on it, so that all agree on the next key.

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
import { equalTexts, sha256, textHmac } from './crypto.ts'
import { SojournError } from './errors.ts'
import type { Listener } from './events.ts'
import { activeKey, advance, nextTurn, phaseOf, rotateAtOnce, rotateSoon, turnsBetween } from './key-ring.ts'
import type { KeyPhase, KeyRing, KeySchedule } from './key-ring.ts'
import { closeVault, openVault, vaultId, type Vault } from './key-vault.ts'
import type { DerivedKeys } from './secrets.ts'
import type { Store } from './store.ts'
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
  /** Another node has changed the shared keys: `refresh` is due, and those that are known are not to be used before. */
  invalidate(): void
  /** Reads the shared keys again, and turns them if it is time. Unless they were invalidated, a failure is survived. */
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
  const sign = textHmac(bytes)
  return {
    kid,
    algorithm: 'HS256',
    header: headerOf('HS256', kid),
    sign,
    // Compared as text: a signature has one spelling only.
    verify: (input, signature) => equalTexts(sign(input), signature),
  }
}

export interface SharedKeysOptions extends Vault {
  readonly algorithm: PublicAlgorithm
  readonly store: Store
  readonly schedule: KeySchedule
  readonly tell: Listener
  /** Called when a key is gone, and with it whatever was verified by it. */
  readonly forget: () => void
}

// How often a node looks whether another one has turned the keys. A key is published for longer before it signs.
const lookEvery = 60_000
// How soon it looks again when the store did not answer.
const lookAgainAfter = 5000
const attempts = 8

/** Key pairs in the store, shared by all nodes. Call `refresh` before the first use. */
export function sharedSigningKeys(options: SharedKeysOptions): SigningKeys {
  const { schedule, store, tell } = options
  const generate = (): Jwk => generateJwk(options.algorithm)
  let ring: KeyRing = []
  let adoptedAt: Instant = 0
  let signer: SigningKey | undefined
  let verifiers = new Map<string, VerifyingKey>()
  let lookAt: Instant = -Infinity
  let looking: Promise<void> | undefined
  // How often the ring was invalidated, and how many of those changes have been read.
  let invalidated = 0
  let read = 0

  function adopt(next: KeyRing, now: Instant): void {
    for (const turn of turnsBetween(ring, adoptedAt, next, now)) {
      if (turn.kind === 'removed') options.forget()
      tell({ type: `key.${turn.kind}`, level: 'info', at: now, ...named(turn.jwk) })
    }
    const active = activeKey(next, now)
    signer = active && signingKey(active.jwk)
    const usable = published(next, now)
      .map((key) => verifyingKey(key.jwk))
      .filter((key) => typeof key !== 'string')
    verifiers = new Map(usable.map((key) => [key.header, key]))
    ring = next
    adoptedAt = now
    lookAt = invalidated > read ? -Infinity : Math.min(now + lookEvery, nextTurn(next, now, schedule))
  }

  async function change(now: Instant, turn: (ring: KeyRing) => KeyRing): Promise<void> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const invalidatedBefore = invalidated
      const kept = await store.find(vaultId(options))
      const { ring: before, isCurrent } = kept ? openVault(options, kept) : { ring: [], isCurrent: false }
      const after = turn(before)
      if ((after === before && isCurrent) || (await keep(after, kept?.version ?? 0, now))) {
        // What was there when this node began is no news.
        if (ring.length === 0) [ring, adoptedAt] = [before, now]
        read = invalidatedBefore
        return adopt(after, now)
      }
    }
    throw new SojournError('store_unavailable', {
      detail: 'The signing keys could not be changed.',
      retryAfter: 1,
    })
  }

  async function keep(next: KeyRing, version: number, now: Instant): Promise<boolean> {
    const entry = closeVault(options, next, { version: version + 1, now, rotateEvery: schedule.rotateEvery })
    return version === 0 ? store.insert(entry) : store.replace(entry)
  }

  async function look(now: Instant): Promise<void> {
    try {
      await change(now, (kept) => advance(kept, now, schedule, generate))
    } catch (cause) {
      if (ring.length === 0 || invalidated > read) throw cause
      // The times in the ring still say which key signs and which are gone.
      adopt(ring, now)
      lookAt = Math.min(lookAt, now + lookAgainAfter)
    }
  }

  async function refresh(now: Instant): Promise<void> {
    // What is being read may be from before the change.
    if (invalidated > read) await looking?.catch(() => {})
    if (invalidated === read && now < lookAt) return
    looking ??= look(now).finally(() => (looking = undefined))
    return looking
  }

  return {
    isDue: (now) => now >= lookAt,
    invalidate: () => {
      invalidated++
      lookAt = -Infinity
    },
    refresh,
    signer: () => {
      if (!signer)
        throw new SojournError('store_unavailable', { detail: 'There is no signing key yet.', retryAfter: 1 })
      return signer
    },
    verifier: (header) => verifiers.get(header),
    jwks: () => ({ keys: published(ring, adoptedAt).map((key) => publicJwk(key.jwk)) }),
    list: (now) =>
      ring.map((key) => {
        const { jwk, publishedAt: _, ...times } = key
        return { ...named(jwk), phase: phaseOf(key, now), ...times }
      }),
    rotate: (now, atOnce) =>
      change(now, (kept) =>
        atOnce ? rotateAtOnce(now, generate) : rotateSoon(kept, now, schedule, generate),
      ),
  }
}

function published(ring: KeyRing, now: Instant): KeyRing {
  return ring.filter((key) => phaseOf(key, now) !== 'gone')
}

function named(jwk: Jwk): { kid: string; algorithm: Algorithm } {
  return { kid: jwk['kid'] as string, algorithm: jwk['alg'] as Algorithm }
}
