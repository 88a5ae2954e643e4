// Signing in: a new secret, hence a new id, every time. Whatever the visitor brought along is never adopted.

import { isThumbprint } from '../access-token.ts'
import { SojournError } from '../errors.ts'
import { briefly } from '../device.ts'
import { about, end, entryFor, findBare, listLive, withPlace, type Engine, type Kept } from '../engine.ts'
import { checkAccessTokenFits, issue, type Issued } from '../issued.ts'
import type { Settings } from '../options.ts'
import { assessAfter, assessFirst, marked, tellRisk } from '../risk-notes.ts'
import { checkClaims, checkData } from '../schema.ts'
import { checkIdp, keepLinks, wasSignedOut } from '../idp-links.ts'
import { surplus, type Device, type Idp, type Profile, type Session } from '../session.ts'
import { anonymousOwner, newSecret, ownerOf, readSessionToken, sessionIdOf } from '../session-token.ts'
import type { Instant } from '../time.ts'

/** Who signs in, and how. */
export interface SignIn<Claims, Data> {
  /** The application's name for the user or service; absent for an anonymous session. At most 255 characters. */
  readonly subject?: string
  readonly tenant?: string
  readonly claims?: Claims
  readonly data?: Data
  /** How the client will carry its credentials. Default: `cookie`. */
  readonly profile?: Profile
  /** The person asked to stay signed in. Default: false. */
  readonly remember?: boolean
  /** How they proved who they are: RFC 8176 methods, such as `['pwd', 'otp']`. */
  readonly amr?: readonly string[]
  readonly acr?: string
  readonly device?: Device
  /**
   * The thumbprint (RFC 7638) of the client's key, where DPoP is on: only with proofs by it are the credentials good. For
   * the bearer profile. Through the middleware, the key of the proof that comes with the sign-in.
   */
  readonly jkt?: string
  /**
   * The identity provider that has signed the person in, with `sid` and `sub` of its ID token: when it signs them out, the
   * session ends. At least one of the two; each has at most 255 characters.
   */
  readonly idp?: Idp
  /** The session token that the visitor had before, whatever its generation: its session ends. */
  readonly replaces?: string
  /**
   * Whether the person has used this device before, where you know. Default: yes where `replaces` was theirs; otherwise a
   * guess from their other sessions, if `risk` is set.
   */
  readonly knownDevice?: boolean
}

/** Starts a session. Rejects with `claims_invalid`, `session_limit`, `request_malformed` or `store_unavailable`. */
export async function create<Claims, Data>(
  engine: Engine<Claims, Data>,
  signIn: SignIn<Claims, Data>,
): Promise<Issued<Claims, Data>> {
  const { settings } = engine
  const now = settings.clock()
  const { issuer, random } = settings
  const owner = signIn.subject === undefined ? anonymousOwner(random) : ownerOf(issuer, signIn.subject)
  const secret = newSecret(owner, random)
  const fresh = await sessionFor(engine, signIn, sessionIdOf(secret), now)
  // Only now: a sign-in that is refused for its input takes nothing away.
  if (signIn.replaces !== undefined) await endReplaced(engine, signIn.replaces, now)
  const isKnown = isKnownDevice(engine, signIn, owner)
  const risk = await assessFirst(engine, { session: fresh, owner }, isKnown, now)
  const kept = { session: await withPlace(engine, marked(fresh, risk), now), owner }
  // First the way to the session and then the session: whoever signs it out at any moment finds it, or is found below.
  await keepLinks(engine, kept.session)
  const entry = await entryFor(engine, kept)
  if (!entry || !(await engine.store.insert(entry))) {
    throw new SojournError('store_unavailable', {
      detail: 'A new session id was taken already.',
      retryAfter: 1,
    })
  }
  if (await wasSignedOut(engine, kept.session)) throw await endSignedOut(engine, kept.session, now)
  const live = signIn.subject === undefined ? undefined : await keepToLimit(engine, kept, now)
  const settled = kept.session
  engine.tell({
    type: 'session.created',
    level: 'info',
    ...about(settled, now),
    profile: settled.profile,
    device: settled.device,
  })
  tellRisk(engine, settled, risk, now)
  if (!risk) assessAfter(engine, kept, { live, isKnown }, now)
  return issue(engine, settled, secret, 'created', now)
}

/** The session of a sign-in, whose input has been checked. Throws `claims_invalid` or `request_malformed`. */
export async function sessionFor<Claims, Data>(
  { settings }: Engine<Claims, Data>,
  signIn: SignIn<Claims, Data>,
  id: string,
  now: Instant,
): Promise<Session<Claims, Data>> {
  checkNames(signIn)
  checkKey(settings, signIn)
  if (signIn.idp !== undefined) checkIdp(signIn.idp)
  const claims = (await checkClaims(signIn.claims ?? {}, settings.facts.claims)) as Claims
  const data = (await checkData(signIn.data ?? {}, settings.facts.data)) as Data
  const session = newSession(signIn, id, { claims, data }, now)
  checkAccessTokenFits(settings, session, now)
  return session
}

async function endSignedOut<Claims, Data>(
  engine: Engine<Claims, Data>,
  session: Session<Claims, Data>,
  now: Instant,
): Promise<SojournError> {
  await end(engine, session, 'signed_out_at_provider', now)
  return new SojournError('session_unknown', {
    detail: 'The identity provider has ended the session that this person comes from. Sign in there again.',
    members: { reason: 'signed_out_at_provider' },
  })
}

function newSession<Claims, Data>(
  signIn: SignIn<Claims, Data>,
  id: string,
  facts: { claims: Claims; data: Data },
  now: Instant,
): Session<Claims, Data> {
  const { subject, tenant, acr, jkt } = signIn
  return {
    id,
    ...(subject === undefined ? {} : { subject }),
    ...(tenant === undefined ? {} : { tenant }),
    profile: signIn.profile ?? 'cookie',
    remember: signIn.remember ?? false,
    ...(jkt === undefined ? {} : { jkt }),
    createdAt: now,
    authenticatedAt: now,
    lastSeenAt: now,
    generation: 0,
    issuedAt: now,
    uses: [],
    amr: signIn.amr ?? [],
    ...(acr === undefined ? {} : { acr }),
    ...facts,
    claimsVersion: 1,
    device: briefly(signIn.device ?? {}),
    ...(signIn.idp === undefined ? {} : { idp: signIn.idp }),
    version: 1,
  }
}

const longestName = 255

function checkNames(signIn: SignIn<unknown, unknown>): void {
  for (const name of ['subject', 'tenant', 'acr'] as const) {
    const value: unknown = signIn[name]
    if (value === undefined) continue
    if (
      typeof value !== 'string' ||
      value === '' ||
      value.length > longestName ||
      /\p{Surrogate}/u.test(value)
    ) {
      throw new SojournError('request_malformed', {
        detail: `${name} must be text of 1 to ${longestName} characters.`,
      })
    }
  }
  const amr: unknown = signIn.amr ?? []
  if (
    !Array.isArray(amr) ||
    amr.length > 16 ||
    !amr.every((method) => typeof method === 'string' && method.length <= 64)
  ) {
    throw new SojournError('request_malformed', { detail: 'amr must be at most 16 short texts.' })
  }
  if (signIn.profile !== undefined && signIn.profile !== 'cookie' && signIn.profile !== 'bearer') {
    throw new SojournError('request_malformed', { detail: `profile must be 'cookie' or 'bearer'.` })
  }
}

function checkKey<Claims, Data>(
  { dpop }: Settings<Claims, Data>,
  { profile, jkt }: SignIn<Claims, Data>,
): void {
  if (jkt === undefined) {
    if (dpop?.required !== true || profile !== 'bearer') return
    throw new SojournError('request_malformed', {
      detail: 'jkt is missing: every session of the bearer profile must be bound to a key here.',
    })
  }
  // Without any of these nobody could ever refresh it.
  if (dpop && profile === 'bearer' && isThumbprint(jkt)) return
  throw new SojournError('request_malformed', {
    detail: 'jkt must be a SHA-256 thumbprint (RFC 7638), for the bearer profile, where DPoP is on.',
  })
}

// Whatever its generation: a thief does not outlive the owner's next sign-in.
async function endReplaced<Claims, Data>(
  engine: Engine<Claims, Data>,
  token: string,
  now: Instant,
): Promise<void> {
  const presented = readSessionToken(token, engine.settings.keys)
  const kept = presented && (await findBare(engine, presented.sessionId))
  if (kept) await end(engine, kept.session, 'replaced', now)
}

// Whoever shows a session token that we made for the subject has used this device before, whatever it is worth now.
function isKnownDevice<Claims, Data>(
  { settings }: Engine<Claims, Data>,
  { replaces, knownDevice }: SignIn<Claims, Data>,
  owner: string,
): boolean | undefined {
  const former = replaces === undefined ? undefined : readSessionToken(replaces, settings.keys)
  return former?.sessionId.startsWith(owner.slice(0, 8)) ? true : knownDevice
}

// Insert, list, end the surplus. Each sign-in lists after its own insert, so the last of several simultaneous ones sees
// them all, and everybody ends the same ones. Resolves to what was listed, if there is a limit.
async function keepToLimit<Claims, Data>(
  engine: Engine<Claims, Data>,
  kept: Kept<Claims, Data>,
  now: Instant,
): Promise<readonly Session[] | undefined> {
  const { limit } = engine.settings.policy
  const { session, owner } = kept
  if (!limit) return undefined
  const live = await listLive(engine, owner, session.subject, now)
  const over = surplus(live, session.device.kind, limit)
  const others = over.filter(({ id }) => id !== session.id)
  for (const other of others) await end(engine, other, 'evicted', now)
  if (others.length === over.length) return live
  await end(engine, session, 'evicted', now)
  engine.tell({
    type: 'session.refused',
    level: 'info',
    at: now,
    ...(session.subject === undefined ? {} : { subject: session.subject }),
    reason: 'limit',
  })
  throw new SojournError('session_limit', {
    members: {
      sessions: live
        .filter(({ id }) => id !== session.id)
        .map(({ id, device, createdAt, lastSeenAt }) => ({ id, device, createdAt, lastSeenAt })),
    },
  })
}
