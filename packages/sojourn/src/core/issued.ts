// Credentials as an operation hands them out: the session token of its newest generation, and a fresh access token.

import { accessOf, mintAccessToken, newTokenId, type Access, type AccessClaims } from './access-token.ts'
import { encodeText } from './base64url.ts'
import type { Engine } from './engine.ts'
import { SojournError } from './errors.ts'
import type { Settings } from './options.ts'
import { accessExpiry, idleExpiry, provedAt, type Session } from './session.ts'
import { issueSessionToken, type SessionSecret } from './session-token.ts'
import { numericDate, type Instant } from './time.ts'

/** Credentials, fresh from an operation. The tokens are getters, so that printing the value does not show them. */
export class Issued<Claims, Data> {
  readonly session: Session<Claims, Data>
  readonly outcome: 'created' | 'rotated' | 'replayed' | 'stepped_up'
  /** What the access token says. */
  readonly access: Access<Claims>
  /** When the session ends unless it is refreshed. */
  readonly expiresAt: Instant
  readonly #sessionToken: string
  readonly #accessToken: string

  constructor(of: {
    session: Session<Claims, Data>
    outcome: Issued<Claims, Data>['outcome']
    access: Access<Claims>
    expiresAt: Instant
    sessionToken: string
    accessToken: string
  }) {
    this.session = of.session
    this.outcome = of.outcome
    this.access = of.access
    this.expiresAt = of.expiresAt
    this.#sessionToken = of.sessionToken
    this.#accessToken = of.accessToken
  }

  /** The secret that the client keeps: the cookie of the cookie profile, the refresh token of the bearer profile. */
  get sessionToken(): string {
    return this.#sessionToken
  }

  /** How the access token goes with a request: the `token_type` of OAuth. */
  get tokenType(): 'Bearer' | 'DPoP' {
    return this.access.jkt === undefined ? 'Bearer' : 'DPoP'
  }

  /** The short JWT for requests (RFC 9068). */
  get accessToken(): string {
    return this.#accessToken
  }
}

/** The credentials of a session as it is now. */
export async function issue<Claims, Data>(
  engine: Engine<Claims, Data>,
  session: Session<Claims, Data>,
  secret: SessionSecret,
  outcome: Issued<Claims, Data>['outcome'],
  now: Instant,
): Promise<Issued<Claims, Data>> {
  const { settings, keys } = engine
  if (keys.isDue(now)) await keys.refresh(now)
  const claims = accessClaims(settings, session, now)
  return new Issued({
    session,
    outcome,
    access: accessOf(claims) as Access<Claims>,
    expiresAt: idleExpiry(session, settings.policy),
    sessionToken: issueSessionToken(secret, session.generation, settings.keys),
    accessToken: mintAccessToken(claims, keys.signer()),
  })
}

function accessClaims<Claims, Data>(
  { issuer, audience, clientId, policy, random, statusList }: Settings<Claims, Data>,
  session: Session<Claims, Data>,
  now: Instant,
): AccessClaims {
  const iat = numericDate(now)
  return {
    iss: issuer,
    sub: session.subject ?? session.id,
    aud: audience,
    client_id: clientId,
    iat,
    // Rounded down, so that no access token outlives its session, but never to nothing.
    exp: Math.max(iat + 1, numericDate(accessExpiry(session, now, policy))),
    jti: newTokenId(random),
    sid: session.id,
    gen: session.generation,
    ver: session.claimsVersion,
    auth_time: numericDate(provedAt(session)),
    ...(session.amr.length === 0 ? {} : { amr: session.amr }),
    ...(session.acr === undefined ? {} : { acr: session.acr }),
    // In a cookie it goes with requests that have no proof; it is short, and no proof means no next one.
    ...(session.jkt === undefined || session.profile === 'cookie' ? {} : { cnf: { jkt: session.jkt } }),
    ...(session.status === undefined || statusList === undefined
      ? {}
      : {
          status: {
            status_list: { idx: session.status.index, uri: `${statusList.url}/${session.status.list}` },
          },
        }),
    ...session.claims,
  }
}

// A browser drops a cookie of more than 4,096 characters, name included (RFC 6265bis §5.6), and says nothing. What is
// left is for the header, the longest signature and the name.
const longestPayload = { cookie: 3200, bearer: 6400 } as const

/** Throws `claims_invalid` if the access token of this session would not fit where its client carries it. */
export function checkAccessTokenFits<Claims, Data>(
  settings: Settings<Claims, Data>,
  session: Session<Claims, Data>,
  now: Instant,
): void {
  const { length } = encodeText(JSON.stringify(accessClaims(settings, session, now)))
  const most = longestPayload[session.profile]
  if (length <= most) return
  throw new SojournError('claims_invalid', {
    detail: `claims, subject, amr and acr make an access token too long for a ${session.profile} session: ${length} of at most ${most} characters.`,
  })
}
