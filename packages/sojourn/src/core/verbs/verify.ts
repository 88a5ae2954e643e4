// Telling whether an access token is good, at three depths:
//   known         a token that this node has verified before: no signature, no promise, no store
//   authenticate  for nodes that share the store: the first sight also confirms the generation that the client holds
//   verify        for resource servers: the signature and the feed, never the store

import type { Access, Rejection } from '../access-token.ts'
import { verifyAccessToken } from '../access-token.ts'
import { prove, type ProofRequest } from '../dpop/prove.ts'
import { about, advanceKept, findKept, isFeedFresh, type Engine } from '../engine.ts'
import { SojournError } from '../errors.ts'
import type { EndReason } from '../events.ts'
import { expiry, seen } from '../session.ts'
import type { Instant } from '../time.ts'

/** Why an access token is not good. `ended`: its session is gone, and this node does not know why. */
export type AccessRefusal = Rejection | EndReason | 'stale' | 'ended'

export type Authentication<Claims> =
  | { readonly ok: true; readonly access: Access<Claims> }
  | {
      readonly ok: false
      readonly reason: AccessRefusal
      /** What the token says, where it is genuine and only its session is over, or has changed. */
      readonly access?: Access<Claims>
    }

/** The hot path: a token that was verified here before and is still good. Undefined says nothing but "look closer". */
export function known<Claims, Data>(
  engine: Engine<Claims, Data>,
  token: string,
  now: Instant,
  background = false,
): Access<Claims> | undefined {
  const { authenticated } = engine.caches()
  // What a person does first with a token is noted in the store, also where a poll has used it before.
  const access = background ? authenticated.find(token) : authenticated.findSeen(token, now)
  return access && isStillGood(engine, access, now) ? (access as Access<Claims>) : undefined
}

// Whether nothing has happened since a token was verified here for which one would have to look closer.
function isStillGood<Claims, Data>(
  engine: Engine<Claims, Data>,
  access: Access<unknown>,
  now: Instant,
): boolean {
  if (now >= access.expiresAt || engine.keys.isDue(now)) return false
  if (engine.verdicts.on(access.sessionId, access.claimsVersion) !== undefined) return false
  return isFeedFresh(engine, now)
}

/** Verifies a token on a node that shares the store. Rejects only with `store_unavailable` or `verification_unavailable`. */
export async function authenticate<Claims, Data>(
  engine: Engine<Claims, Data>,
  token: string,
  now: Instant,
  background = false,
): Promise<Authentication<Claims>> {
  // What was verified under a key that is gone has been forgotten after this.
  if (engine.keys.isDue(now)) await engine.keys.refresh(now)
  const { authenticated } = engine.caches()
  const local = verifyLocally(engine, token, now)
  if (!local.ok) return local
  const isKnown = authenticated.find(token) !== undefined
  const trusted = isFeedFresh(engine, now) || feedPolicy(engine, now) === 'open'
  const isNoted = background || authenticated.lastSeen(token) !== undefined
  if (isKnown && trusted && isNoted) return local
  let refusal: AccessRefusal | undefined
  try {
    refusal = await confirmWithStore(engine, local.access, now, background)
  } catch (error) {
    // That somebody is there can be noted later; who they are is known.
    if (isKnown && trusted) return local
    throw error
  }
  if (refusal) return { ok: false, reason: refusal, access: local.access }
  authenticated.add(token, local.access, background ? undefined : now)
  return local
}

/**
 * Verifies a token; rejects with `token_rejected`, `verification_unavailable` or, by policy, `store_unavailable`. One that
 * is bound to a key is good with the request that it came with, and its proof; rejects then as `prove` does, too.
 */
export async function verify<Claims, Data>(
  engine: Engine<Claims, Data>,
  token: string,
  request?: ProofRequest,
): Promise<Access<Claims>> {
  // JavaScript may pass what TypeScript would not.
  if (typeof token !== 'string') throw new SojournError('token_rejected')
  const now = engine.settings.clock()
  const access = verifiedBefore(engine, token, now) ?? (await verifyUnproven(engine, token, now))
  const { jkt } = access
  if (jkt === undefined && request === undefined) return access
  if (jkt === undefined || request === undefined) {
    engine.tell({
      type: 'proof.rejected',
      level: 'warning',
      at: engine.settings.clock(),
      sessionId: access.sessionId,
      reason: jkt === undefined ? 'unbound' : 'missing',
    })
    throw new SojournError('token_rejected')
  }
  await prove(engine, { ...request, accessToken: token, jkt })
  return access
}

function verifiedBefore<Claims, Data>(
  engine: Engine<Claims, Data>,
  token: string,
  now: Instant,
): Access<Claims> | undefined {
  const access = known(engine, token, now)
  if (access) return access
  const verified = engine.caches().verified.find(token)
  return verified && isStillGood(engine, verified, now) ? (verified as Access<Claims>) : undefined
}

async function verifyUnproven<Claims, Data>(
  engine: Engine<Claims, Data>,
  token: string,
  now: Instant,
): Promise<Access<Claims>> {
  if (engine.keys.isDue(now)) await engine.keys.refresh(now)
  const { verified } = engine.caches()
  const result = verifyLocally(engine, token, now)
  const refusal = result.ok ? await askIfInterrupted(engine, result.access, now) : result.reason
  if (!result.ok || refusal) {
    engine.tell({
      type: 'token.rejected',
      level: 'warning',
      at: now,
      token: 'access',
      reason: refusal ?? 'ended',
    })
    // One answer for every reason, so that it teaches nothing to somebody who tries (RFC 6750 §3.1).
    throw new SojournError('token_rejected')
  }
  verified.add(token, result.access)
  return result.access
}

function verifyLocally<Claims, Data>(
  engine: Engine<Claims, Data>,
  token: string,
  now: Instant,
): Authentication<Claims> {
  const { settings, keys } = engine
  const { authenticated, verified } = engine.caches()
  const expected = {
    issuer: settings.issuer,
    audience: settings.audience,
    tolerance: settings.clockTolerance,
  }
  const cached = authenticated.find(token) ?? verified.find(token)
  const verdict = cached
    ? now < cached.expiresAt
      ? ({ ok: true, access: cached } as const)
      : ({ ok: false, reason: 'expired' } as const)
    : verifyAccessToken(token, (header) => keys.verifier(header), expected, now)
  if (!verdict.ok) return verdict
  const access = verdict.access as Access<Claims>
  const feed = engine.verdicts.on(access.sessionId, access.claimsVersion)
  return feed ? { ok: false, reason: feed, access } : { ok: true, access }
}

async function askIfInterrupted<Claims, Data>(
  engine: Engine<Claims, Data>,
  access: Access<Claims>,
  now: Instant,
): Promise<AccessRefusal | undefined> {
  if (isFeedFresh(engine, now) || feedPolicy(engine, now) === 'open') return undefined
  // Whoever only verifies does not know whether the person is there.
  return confirmWithStore(engine, access, now, true)
}

async function confirmWithStore<Claims, Data>(
  engine: Engine<Claims, Data>,
  access: Access<Claims>,
  now: Instant,
  background: boolean,
): Promise<AccessRefusal | undefined> {
  const { policy } = engine.settings
  const presented = { generation: access.generation, background }
  // A lost race means that somebody else changed the session: look again, it may be confirmed by now.
  for (let attempt = 0; attempt < 8; attempt++) {
    const kept = await findKept(engine, access.sessionId)
    if (!kept) return 'ended'
    const over = expiry(kept.session, now, policy)
    if (over) return over
    if (access.claimsVersion < kept.session.claimsVersion) return 'stale'
    const next = seen(kept.session, presented, now, policy)
    if (!next) return undefined
    if (await advanceKept(engine, kept, next)) {
      if (next.uses === kept.session.uses) return undefined
      engine.tell({
        type: 'session.confirmed',
        level: 'info',
        ...about(next, now),
        generation: access.generation,
      })
      return undefined
    }
  }
  throw new SojournError('store_unavailable', {
    detail: 'Too many simultaneous changes of one session.',
    retryAfter: 1,
  })
}

function feedPolicy<Claims, Data>(engine: Engine<Claims, Data>, now: Instant): 'strict' | 'open' {
  const { onInterruptedFeed } = engine.settings
  engine.tellStale(now)
  if (onInterruptedFeed === 'closed') throw new SojournError('verification_unavailable', { retryAfter: 1 })
  return onInterruptedFeed
}
