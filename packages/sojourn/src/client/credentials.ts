// What both profiles have in common: how a request shows who sends it, and what the server's word on it means.

import { ClientError } from './problem.ts'
import type { Problem } from './problem.ts'
import { isRecord } from './problem.ts'
import type { Told } from './questions.ts'
import { readSession, type ClientSession } from './session.ts'

/** What the server said about the session. */
export type Verdict =
  | { readonly kind: 'alive'; readonly session?: ClientSession }
  /** `problem` is absent where there was nothing to show. */
  | { readonly kind: 'over'; readonly problem?: Problem }
  /** A race with a step-up: nothing has ended. */
  | { readonly kind: 'superseded' }

export interface Credentials {
  /** Resolves when it is known what there is to show. */
  ready(): Promise<void>
  /** Whether a renewal is due before the next request. */
  isSpent(): boolean
  /** What a request of this method carries. */
  headers(method: string): Promise<Readonly<Record<string, string>>>
  /** Whether a request that was refused with this would not be refused with what `headers` gives now. */
  isCured(problem: Problem, sent: Readonly<Record<string, string>>): boolean
  /** Asks who the caller is. */
  load(): Promise<Verdict>
  /** Exchanges what there is for something fresh. Counts as being seen unless `background`. */
  renew(background: boolean): Promise<Verdict>
  signOut(scope: SignOutScope): Promise<void>
  /** The session is another one, or gone. */
  forget(): Promise<void> | void
}

export type SignOutScope = 'this' | 'others' | 'all'

/** The header by which a request says that nobody caused it, so that it keeps nobody signed in. */
export const background = { 'X-Background': '1' } as const

export const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Codes with which a session, or the credentials for it, are no more. */
const endings: ReadonlySet<string> = new Set([
  'token_malformed',
  'session_unknown',
  'session_expired',
  'session_reused',
  'sign_in_required',
  'credentials_missing',
])

/** Codes that make it worth asking how things stand. */
export const doubts: ReadonlySet<string> = new Set([...endings, 'token_rejected', 'session_superseded'])

/** The verdict in an answer. Throws if it is none: a fault of ours, of the server's, or of something between. */
export function verdictIn({ status, body, problem }: Told): Verdict {
  if (status < 300) {
    const session = isRecord(body) ? readSession(body['session']) : undefined
    return { kind: 'alive', ...(session ? { session } : {}) }
  }
  if (problem && endings.has(problem.code)) return { kind: 'over', problem }
  if (problem?.code === 'session_superseded') return { kind: 'superseded' }
  throw refusalOf(status, problem)
}

export function refusalOf(status: number, problem: Problem | undefined): ClientError {
  const code = problem?.code ?? 'unexpected_answer'
  const text = problem?.detail ?? `The server answered ${status}: is this its address, and the prefix right?`
  return new ClientError(code, text, problem ? { problem } : {})
}
