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
    ...(wide.get(subject) ?? []).filter((one) => one.session !== session && lastsUntil(one) > bornAt),
  ]
  const rivalsOf = (signIn: SignIn): readonly SignIn[] =>
    (bySubject.get(signIn.subject) ?? []).filter((other) => other !== signIn)
  const birthOf = new Map(signIns.map((signIn) => [signIn.session, signIn]))
  // Who is not signed in any more signs nobody out, and is told that it is done: there is nothing to undo.
  const isSure = (one: EndingOp): boolean => {
    if (!isWide(one)) return true
    const birth = birthOf.get(one.session)
    if (!birth || mayBeEvicted({ start: birth.start, rivals: rivalsOf(birth) }, one.end)) return false
    const before = hitting(one.session, one.subject, -Infinity).filter(({ start }) => start <= one.end)
    return before.every((earlier) => earlier.by === one.by && isWide(earlier))
  }
  // If an earlier attempt had no answer, it may have been the one that did it, and its repetition means nobody else.
  const beganAt = (one: EndingOp): number => {
    if (!isWide(one)) return one.start
    const attempts = (wide.get(one.subject) ?? []).filter(({ session }) => session === one.session)
    return Math.min(...attempts.map(({ start }) => start), one.start)
  }
  return signIns.flatMap((signIn) => {
    const { session, subject, start, end } = signIn
    if (session === undefined) return []
    const endings = hitting(session, subject, end).map((one) => ({
      op: one.op,
      start: beganAt(one),
      end: one.end,
      isAnswered: one.result === 'done' && isSure(one),
    }))
    const rivals = rivalsOf(signIn)
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

// What had no answer may still be under way, and then it means what it finds.
function lastsUntil({ result, end }: Done): number {
  return result === 'unknown' ? end + lateAtMost : end
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

function mayBeEvicted({ rivals, start: began }: Pick<Life, 'rivals' | 'start'>, at: number): boolean {
  const newer = rivals.filter((rival) => rival.start < at && lastsUntil(rival) > began)
  return newer.length >= sessionLimit
}
