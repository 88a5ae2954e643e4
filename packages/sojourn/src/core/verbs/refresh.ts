// Exchanging a session token for its successor: read, decide, replace, tell. When somebody else was faster the decision
// is made again on what is there now, so simultaneous refreshes all end with the same successor.

import { SojournError } from '../errors.ts'
import type { EndReason } from '../events.ts'
import { about, advanceKept, end, findKept, withPlace, type Engine, type Kept } from '../engine.ts'
import { briefly } from '../device.ts'
import { keepLinks } from '../idp-links.ts'
import { issue, type Issued } from '../issued.ts'
import { sha256Text } from '../crypto.ts'
import { assessRefresh, marked, tellRisk, type Assessment } from '../risk-notes.ts'
import {
  present,
  steppedUp,
  type Device,
  type Presentation,
  type Presented,
  type Profile,
  type Session,
} from '../session.ts'
import { readSessionToken, type PresentedToken } from '../session-token.ts'
import type { Instant } from '../time.ts'

export interface RefreshOptions {
  /** The Idempotency-Key of the request: a retry with the same one gets the same successor. At most 255 characters. */
  readonly idempotencyKey?: string
  /** Polling: does not count as being seen. Default: false. */
  readonly background?: boolean
  /** Who presents it: for the event, and compared with who did before. */
  readonly device?: Device
  /** When its person was last seen with the access token that is exchanged; for background traffic. */
  readonly seenAt?: Instant
  /** How the token was carried: a session of the other profile is not refreshed. */
  readonly profile?: Profile
  /** The thumbprint of the key that the client has proved to have; see `Sojourn.dpop`. */
  readonly jkt?: string
}

// Each attempt fails only because another one succeeded, and a session token has few honest holders.
const attempts = 16

/**
 * Refreshes a session. Rejects with `token_malformed`, `session_unknown`, `session_expired`, `session_superseded`,
 * `session_bound`, `session_reused` (and then the session has been ended) or `store_unavailable`.
 */
export async function refresh<Claims, Data>(
  engine: Engine<Claims, Data>,
  sessionToken: string,
  options: RefreshOptions = {},
): Promise<Issued<Claims, Data>> {
  const now = engine.settings.clock()
  const token = readToken(engine, sessionToken, now)
  const presented = presentedOf(token, options)
  const device = options.device && briefly(options.device)
  for (let attempt = 0; attempt < attempts; attempt++) {
    const kept = await findKept(engine, token.sessionId)
    if (!kept || isOfOtherProfile(kept.session, options)) throw unknown(engine, token, now)
    const decision = present(kept.session, presented, now, engine.settings.policy)
    const isGood = decision.kind === 'rotated' || decision.kind === 'replayed'
    const risk = isGood ? assessRefresh(engine.settings.risk, kept.session, device, now) : undefined
    if (risk?.outcome === 'ended') throw await endForRisk(engine, kept, risk, now)
    if (decision.kind === 'rotated') {
      const next = await withPlace(engine, marked(seenFrom(decision.session, device), risk), now)
      const session = await advanceKept(engine, kept, next)
      if (!session) continue
      engine.tell({
        type: 'session.refreshed',
        level: 'info',
        ...about(session, now),
        generation: session.generation,
        ...deviceIn(options),
      })
      tellRisk(engine, session, risk, now)
      return issue(engine, session, token, 'rotated', now)
    }
    if (decision.kind === 'replayed') {
      const next = marked(decision.session ?? kept.session, risk)
      const session = next === kept.session ? next : await advanceKept(engine, kept, next)
      if (!session) continue
      engine.tell({
        type: 'session.replayed',
        level: 'info',
        ...about(session, now),
        generation: session.generation,
        presented: token.generation,
        ...deviceIn(options),
      })
      tellRisk(engine, session, risk, now)
      return issue(engine, session, token, 'replayed', now)
    }
    throw await refuse(engine, kept, token, decision, options, now)
  }
  throw contended()
}

/** Raises what a session is good for. Rejects as `refresh` does; earlier generations do not get the new credentials. */
export async function stepUp<Claims, Data>(
  engine: Engine<Claims, Data>,
  sessionToken: string,
  proof: { readonly amr: readonly string[]; readonly acr?: string },
): Promise<Issued<Claims, Data>> {
  const now = engine.settings.clock()
  const token = readToken(engine, sessionToken, now)
  for (let attempt = 0; attempt < attempts; attempt++) {
    const kept = await findKept(engine, token.sessionId)
    if (!kept) throw unknown(engine, token, now)
    // What it hands out is bound as the session is, so its client proves the key when it uses that.
    const { jkt } = kept.session
    const presented = { generation: token.generation, ...(jkt === undefined ? {} : { jkt }) }
    const decision = present(kept.session, presented, now, engine.settings.policy)
    if (decision.kind !== 'rotated' && decision.kind !== 'replayed')
      throw await refuse(engine, kept, token, decision, {}, now)
    const session = await advanceKept(engine, kept, steppedUp(kept.session, token.generation, proof, now))
    if (!session) continue
    // Its absolute lifetime has begun anew.
    await keepLinks(engine, session)
    const { amr, acr } = session
    engine.tell({
      type: 'session.stepped_up',
      level: 'info',
      ...about(session, now),
      amr,
      ...(acr === undefined ? {} : { acr }),
    })
    return issue(engine, session, token, 'stepped_up', now)
  }
  throw contended()
}

// Whose device was seen with a generation is kept with it, in the same write.
function seenFrom<S extends Session>(session: S, device: Device | undefined): S {
  if (device === undefined) return session
  const { userAgent, ip } = device
  const { lastSeenFrom: _, ...rest } = session
  if (userAgent === session.device.userAgent && ip === session.device.ip) return rest as S
  return { ...session, lastSeenFrom: briefly({ userAgent, ip }) }
}

async function endForRisk<Claims, Data>(
  engine: Engine<Claims, Data>,
  { session }: Kept<Claims, Data>,
  risk: Assessment,
  now: Instant,
): Promise<SojournError> {
  tellRisk(engine, session, risk, now)
  await end(engine, session, 'risk', now)
  return new SojournError('session_unknown', { members: { reason: 'risk' } })
}

function readToken<Claims, Data>(
  engine: Engine<Claims, Data>,
  sessionToken: string,
  now: Instant,
): PresentedToken {
  const token = readSessionToken(sessionToken, engine.settings.keys)
  if (!token) throw refused(engine, 'token_malformed', now)
  return token
}

// What came in a cookie never goes out in a body, where scripts could read it.
function isOfOtherProfile(session: Session, { profile }: RefreshOptions): boolean {
  return profile !== undefined && session.profile !== profile
}

function presentedOf(
  { generation }: PresentedToken,
  { idempotencyKey, background, seenAt, jkt }: RefreshOptions,
): Presented {
  if (idempotencyKey !== undefined && (idempotencyKey === '' || idempotencyKey.length > 255)) {
    throw new SojournError('request_malformed', { detail: 'Idempotency-Key must have 1 to 255 characters.' })
  }
  return {
    generation,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey: sha256Text(idempotencyKey).slice(0, 22) }),
    ...(background === undefined ? {} : { background }),
    ...(seenAt === undefined ? {} : { seenAt }),
    ...(jkt === undefined ? {} : { jkt }),
  }
}

async function refuse<Claims, Data>(
  engine: Engine<Claims, Data>,
  { session }: Kept<Claims, Data>,
  token: PresentedToken,
  decision: Exclude<Presentation<unknown>, { kind: 'rotated' | 'replayed' }>,
  options: RefreshOptions,
  now: Instant,
): Promise<SojournError> {
  const seen = { ...about(session, now), generation: session.generation, presented: token.generation }
  switch (decision.kind) {
    case 'unproven':
      engine.tell({
        type: 'proof.rejected',
        level: 'warning',
        ...about(session, now),
        reason: options.jkt === undefined ? 'missing' : 'other_key',
      })
      return new SojournError('session_bound')
    case 'superseded':
      engine.tell({ type: 'session.superseded', level: 'info', ...seen })
      return new SojournError('session_superseded')
    case 'expired':
      await end(engine, session, decision.cause, now)
      return new SojournError('session_expired', { members: { reason: decision.cause } })
    case 'reused':
      engine.tell({ type: 'session.reused', level: 'critical', ...seen, ...deviceIn(options) })
      await end(engine, session, 'reused', now)
      return new SojournError('session_reused')
  }
}

function refused<Claims, Data>(
  engine: Engine<Claims, Data>,
  code: 'token_malformed' | 'session_unknown',
  at: Instant,
  reason?: EndReason,
): SojournError {
  engine.tell({ type: 'token.rejected', level: 'warning', at, token: 'session', reason: code })
  return new SojournError(code, reason === undefined ? {} : { members: { reason } })
}

// Whoever has a token that we made may know why its session is over, if this node has heard of it lately.
function unknown<Claims, Data>(
  engine: Engine<Claims, Data>,
  { sessionId }: PresentedToken,
  at: Instant,
): SojournError {
  const verdict = engine.verdicts.on(sessionId, Infinity)
  return refused(engine, 'session_unknown', at, verdict === 'stale' ? undefined : verdict)
}

function contended(): SojournError {
  return new SojournError('store_unavailable', {
    detail: 'Too many simultaneous changes of one session.',
    retryAfter: 1,
  })
}

function deviceIn({ device }: RefreshOptions): { device?: Device } {
  return device === undefined ? {} : { device }
}
