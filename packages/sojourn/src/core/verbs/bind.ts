// Binding the session of a browser to a key of its device (Device Bound Session Credentials), and refreshing it with proofs
// by that key. From then on the session token alone refreshes nothing, so cookies that were copied to another device are
// worth as much as is left of the access token in them: minutes.

import { publicJwk } from '../algorithms.ts'
import { challengeEnd, issueChallenge, type ChallengeUse } from '../dbsc/challenge.ts'
import {
  deviceFaults,
  readRefresh,
  readRegistration,
  type DeviceAlgorithm,
  type DeviceFault,
} from '../dbsc/proof.ts'
import { about, advanceKept, findKept, type Engine } from '../engine.ts'
import { SojournError } from '../errors.ts'
import { issue, type Issued } from '../issued.ts'
import { deviceBound, present } from '../session.ts'
import { readSessionToken } from '../session-token.ts'
import { useOnce } from '../single-use.ts'
import type { Instant } from '../time.ts'
import { refresh, type RefreshOptions } from './refresh.ts'

/** A challenge for the next proof of a session. */
export function challengeFor<Claims, Data>({ settings }: Engine<Claims, Data>, use: ChallengeUse): string {
  const { keys, random, clock } = settings
  return issueChallenge(use, keys, random, clock())
}

const attempts = 16

/**
 * Binds the session of a token to the key in a proof. Rejects with `device_proof_invalid`, `token_malformed`,
 * `session_unknown` or `store_unavailable`; nothing of the session is changed then.
 */
export async function bindDevice<Claims, Data>(
  engine: Engine<Claims, Data>,
  sessionToken: string,
  proof: string | undefined,
  algorithms: readonly DeviceAlgorithm[],
): Promise<Issued<Claims, Data>> {
  const { clock, policy, keys } = engine.settings
  const now = clock()
  const token = readSessionToken(sessionToken, keys)
  if (!token) throw new SojournError('token_malformed')
  const { sessionId, generation } = token
  const read = proof === undefined ? 'missing' : readRegistration(proof, algorithms)
  if (typeof read === 'string') throw rejected(engine, sessionId, read, now)
  const { algorithm, challenge, key } = read
  if (!(await spend(engine, challenge, { purpose: 'registration', sessionId }, now)))
    throw rejected(engine, sessionId, 'challenge', now)
  const { kty, crv, x, y, n, e } = publicJwk({ ...key.jwk, alg: algorithm })
  const jwk = algorithm === 'ES256' ? { kty, crv, x, y } : { kty, n, e }
  for (let attempt = 0; attempt < attempts; attempt++) {
    const kept = await findKept(engine, sessionId)
    if (!kept || kept.session.profile !== 'cookie') throw new SojournError('session_unknown')
    if (kept.session.jkt !== undefined) throw rejected(engine, sessionId, 'bound', now)
    const { kind } = present(kept.session, { generation }, now, policy)
    // What else there is to say of the token is said when it is refreshed.
    if (kind !== 'rotated' && kind !== 'replayed') throw new SojournError('session_unknown')
    const next = deviceBound(kept.session, generation, { jkt: key.jkt, algorithm, jwk }, now)
    const session = await advanceKept(engine, kept, next)
    if (!session) continue
    engine.tell({ type: 'session.bound', level: 'info', ...about(session, now), algorithm })
    return issue(engine, session, token, 'rotated', now)
  }
  throw new SojournError('store_unavailable', {
    detail: 'Too many simultaneous changes of one session.',
    retryAfter: 1,
  })
}

/**
 * Refreshes a bound session with a proof by its key. Rejects with `device_challenge_required` where there is no proof, or
 * one with a challenge that is used or too old; with `device_proof_invalid`; with `session_unknown` for a session that is
 * not bound; and as `refresh` does.
 */
export async function refreshBound<Claims, Data>(
  engine: Engine<Claims, Data>,
  sessionToken: string,
  proof: string | undefined,
  options: RefreshOptions,
): Promise<Issued<Claims, Data>> {
  const now = engine.settings.clock()
  const token = readSessionToken(sessionToken, engine.settings.keys)
  if (!token) throw new SojournError('token_malformed')
  const { sessionId } = token
  const { jkt, deviceKey } = (await findKept(engine, sessionId))?.session ?? {}
  if (jkt === undefined || !deviceKey) throw new SojournError('session_unknown')
  if (proof === undefined) throw new SojournError('device_challenge_required')
  const read = readRefresh(proof, deviceKey)
  if (typeof read === 'string') throw rejected(engine, sessionId, read, now)
  if (!(await spend(engine, read.challenge, { purpose: 'refresh', sessionId }, now)))
    throw new SojournError('device_challenge_required')
  return refresh(engine, sessionToken, { ...options, profile: 'cookie', jkt })
}

async function spend<Claims, Data>(
  { settings, store }: Engine<Claims, Data>,
  challenge: string,
  use: ChallengeUse,
  now: Instant,
): Promise<boolean> {
  const { keys, clockTolerance, issuer, environment } = settings
  const until = challengeEnd(challenge, use, { keys, tolerance: clockTolerance }, now)
  if (until === undefined) return false
  const place = { store, issuer, environment }
  return useOnce(place, { kind: 'dbsc', whose: use.sessionId, name: challenge, until }, now)
}

function rejected<Claims, Data>(
  engine: Engine<Claims, Data>,
  sessionId: string,
  reason: DeviceFault,
  at: Instant,
): SojournError {
  engine.tell({ type: 'proof.rejected', level: 'warning', at, sessionId, reason })
  return new SojournError('device_proof_invalid', { detail: deviceFaults[reason] })
}
