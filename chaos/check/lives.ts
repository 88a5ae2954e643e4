// The lives of sessions, put together from what all clients have told: when each began, and what may have ended it.

import { groupBy } from './group.ts'
import type { Done, History } from '../history.ts'
import { lateAtMost, sessionLimit } from '../numbers.ts'

/** A session that a client was given. */
export interface Life {
  readonly session: string
  readonly subject: string
  /** Of the sign-in. */
  readonly start: number
  readonly end: number
  /** What was done with it, in the order in which it began. */
  readonly done: readonly Owned[]
  /** Everything that was meant to end it. */
  readonly endings: readonly Ending[]
  /** The other attempts to sign in as the same subject. */
  readonly rivals: readonly SignIn[]
}

export interface Ending {
  readonly start: number
  readonly end: number
  readonly isAnswered: boolean
  /** What it was. */
  readonly op: string
}

export type Owned = Extract<Done, { readonly session: string; readonly carried: unknown }>
export type SignIn = Extract<Done, { readonly op: 'sign-in' }>
type SignOut = Extract<Done, { readonly op: 'sign-out' }>
type EndingOp = Owned | SignIn

export function livesOf({ done }: History): readonly Life[] {
  const bySession = groupBy(done.filter(isOwned), ({ session }) => session)
  const signIns = done.filter((one) => one.op === 'sign-in')
  const bySubject = groupBy(signIns, ({ subject }) => subject)
  const replacing = groupBy(signIns, ({ replaces }) => replaces)
  const wide = groupBy(done.filter(isWide), ({ subject }) => subject)
  const hitting = (session: string, subject: string, bornAt: number): readonly EndingOp[] => [
    ...(bySession.get(session) ?? []).filter(endsItself),
    ...(replacing.get(session) ?? []),
    ...(wide.get(subject) ?? []).filter((one) => one.session !== session && one.end > bornAt),
  ]
  // Who is not signed in any more signs nobody out, and is told that it is done: there is nothing to undo.
  const isSure = (one: EndingOp): boolean =>
    !isWide(one) ||
    hitting(one.session, one.subject, -Infinity).every(({ by, start }) => by === one.by || start > one.end)
  return signIns.flatMap((signIn) => {
    const { session, subject, start, end } = signIn
    if (session === undefined) return []
    const endings = hitting(session, subject, end).map((one) => ({
      op: one.op,
      start: one.start,
      end: one.end,
      isAnswered: one.result === 'done' && isSure(one),
    }))
    const rivals = (bySubject.get(subject) ?? []).filter((other) => other !== signIn)
    return [{ session, subject, start, end, done: bySession.get(session) ?? [], endings, rivals }]
  })
}

function isOwned(one: Done): one is Owned {
  return 'carried' in one
}

function endsItself(one: Owned): boolean {
  return one.op === 'revoke' || (one.op === 'sign-out' && one.scope !== 'others')
}

// One that signs out elsewhere means the sessions that are there, and none that begins after its answer.
function isWide(one: Done): one is SignOut {
  return one.op === 'sign-out' && one.scope !== 'this'
}

/** From when on a session is known to be over: the first answer that said so. */
export function overSince({ endings, end: bornAt }: Life): number | undefined {
  const certain = endings.filter(({ isAnswered, start }) => isAnswered && start > bornAt)
  return certain.length === 0 ? undefined : Math.min(...certain.map(({ end }) => end))
}

/** Whether a session may rightly be over at that time: somebody was ending it, or newer ones had pushed it out. */
export function mayBeOver(life: Life, at: number): boolean {
  return life.endings.some(({ start }) => start < at) || mayBeEvicted(life, at)
}

function mayBeEvicted({ rivals, start: began }: Life, at: number): boolean {
  const newer = rivals.filter(({ start, end, result }) => {
    const lastsUntil = result === 'unknown' ? end + lateAtMost : end
    return start < at && lastsUntil > began
  })
  return newer.length >= sessionLimit
}
