// What the doctor looks for: the do's and don'ts of sessions, and what goes wrong in practice besides, in the order of the
// table. A check is a pure function from what was observed to a finding; what nobody has looked at is not seen, and never
// passes.

import { printable } from '../commands/output.ts'

const longest = 400

export type Verdict = 'pass' | 'fail' | 'not seen'

export interface Finding {
  readonly verdict: Verdict
  /** What it stands on, without any credential. */
  readonly seen: string
}

export const pass = (seen: string): Finding => ({ verdict: 'pass', seen })
export const fail = (seen: string): Finding => ({ verdict: 'fail', seen })
export const notSeen = (seen: string): Finding => ({ verdict: 'not seen', seen })

/** Fails where there is any fault, and names them. */
export function unless(faults: readonly string[], otherwise: string): Finding {
  return faults.length > 0 ? fail([...new Set(faults)].join('; ')) : pass(otherwise)
}

interface Row {
  readonly kind: 'do' | "don't" | 'also'
  readonly title: string
  /** What to do where it fails. */
  readonly remedy: string
}

const rows = {
  https: {
    kind: 'do',
    title: 'HTTPS for all session traffic',
    remedy: 'Serve sessions over HTTPS only, and lead to https URLs only.',
  },
  cookieFlags: {
    kind: 'do',
    title: 'Cookies with HttpOnly, SameSite, Secure',
    remedy: 'Set HttpOnly, Secure and SameSite=Lax on cookies of sessions, and name them __Host-….',
  },
  tokenExpiry: {
    kind: 'do',
    title: 'JWTs that expire',
    remedy: 'Give every JWT an exp, minutes after its iat; at most an hour.',
  },
  refresh: {
    kind: 'do',
    title: 'Tokens are refreshed',
    remedy: 'Exchange the token for a new one at refresh, and let the former one go.',
  },
  storedTokens: {
    kind: 'do',
    title: 'A stolen store is useless',
    remedy: 'Store digests of refresh tokens, never the tokens.',
  },
  validation: {
    kind: 'do',
    title: 'Tokens validated on every request',
    remedy: 'Refuse an altered or invented token on every request.',
  },
  strongSecrets: {
    kind: 'do',
    title: 'Strong secrets',
    remedy: 'Make a secret of 32 random bytes: sojourn keys generate-secret.',
  },
  timeouts: {
    kind: 'do',
    title: 'Session timeouts',
    remedy: 'End sessions on the server: idle after an hour or so, absolutely within 30 days.',
  },
  eventsLogged: {
    kind: 'do',
    title: 'Authentication events logged',
    remedy: 'Log every sign-in, sign-out and refusal: SOJOURN_AUDIT=on.',
  },
  signOut: {
    kind: 'do',
    title: 'Session cleared on logout',
    remedy: 'At logout, end the session on the server and clear its cookies with the same attributes.',
  },
  csrf: {
    kind: 'do',
    title: 'CSRF tokens on state changes',
    remedy: 'Demand a CSRF token on every POST, PUT, PATCH and DELETE, and change nothing on GET.',
  },
  tokenData: {
    kind: "don't",
    title: 'Sensitive data in tokens',
    remedy: 'Keep data about people on the server: whoever holds a token reads it.',
  },
  shortSecrets: {
    kind: "don't",
    title: 'Short secrets',
    remedy: 'Use at least 32 random bytes for a secret that signs.',
  },
  tokensInUrls: {
    kind: "don't",
    title: 'Tokens in URLs',
    remedy: 'Carry credentials in cookies or headers: URLs end up in logs, histories and Referer.',
  },
  ignoredExpiry: {
    kind: "don't",
    title: 'Expiry ignored',
    remedy: 'Refuse a JWT after its exp.',
  },
  sharedSecret: {
    kind: "don't",
    title: 'One secret in two environments',
    remedy: 'Give every environment a secret of its own.',
  },
  localStorage: {
    kind: "don't",
    title: 'Tokens in localStorage',
    remedy: 'Keep tokens in HttpOnly cookies: any script of the page reads localStorage.',
  },
  plainHttp: {
    kind: "don't",
    title: 'Sessions over plain HTTP',
    remedy: 'Set no cookie of a session over http.',
  },
  signatures: {
    kind: "don't",
    title: 'Signatures unchecked',
    remedy: 'Verify the signature with the one algorithm that you sign with; refuse alg none.',
  },
  idsInLogs: {
    kind: "don't",
    title: 'Session ids with power in logs',
    remedy: 'Log a public name or a digest of the session, never what signs in.',
  },
  predictableIds: {
    kind: "don't",
    title: 'Predictable ids',
    remedy: 'Make ids of at least 128 random bits from a cryptographic source.',
  },
  dropped: {
    kind: 'also',
    title: 'Cookies dropped on the way',
    remedy:
      'Behind a proxy: let it say X-Forwarded-Proto, and name it as trusted (trust proxy, SOJOURN_TRUSTED_PROXIES).',
  },
  twice: {
    kind: 'also',
    title: 'Two cookies of one name',
    remedy: 'Set a cookie with one Path and one Domain everywhere, and once in an answer.',
  },
  cacheable: {
    kind: 'also',
    title: 'Cacheable Set-Cookie',
    remedy: 'Send Cache-Control: no-store with every answer that sets a cookie.',
  },
  clock: {
    kind: 'also',
    title: 'Clock skew',
    remedy: 'Keep the clocks of all machines in step with NTP.',
  },
  eviction: {
    kind: 'also',
    title: 'Eviction by the store',
    remedy: 'Give sessions a Redis of their own, with maxmemory-policy noeviction.',
  },
  weakSecrets: {
    kind: 'also',
    title: 'Weak or reused secrets',
    remedy: 'Replace the secret at once: whoever knows it signs in as anybody.',
  },
  hsts: {
    kind: 'also',
    title: 'HSTS',
    remedy: 'Send Strict-Transport-Security: max-age=31536000; includeSubDomains.',
  },
  fixation: {
    kind: 'also',
    title: 'Session fixation',
    remedy: 'Make a new session id at sign-in (express-session: req.session.regenerate).',
  },
} as const satisfies Readonly<Record<string, Row>>

export type CheckId = keyof typeof rows

/** The checks of one kind of observation. */
export type Checks<Seen> = Readonly<Partial<Record<CheckId, (seen: Seen) => Finding>>>

/** A line of the doctor's table. */
export interface Judged extends Finding, Row {
  readonly id: CheckId
}

/** Judges what was seen by every check; `otherwise` is said of those that it says nothing about. */
export function judge<Seen>(seen: Seen, checks: Checks<Seen>, otherwise: string): readonly Judged[] {
  return (Object.keys(rows) as CheckId[]).map((id) => {
    const finding = checks[id]?.(seen) ?? notSeen(otherwise)
    // An application names its cookies as it likes, and as long.
    return { id, ...rows[id], ...finding, seen: printable(finding.seen).slice(0, longest) }
  })
}
