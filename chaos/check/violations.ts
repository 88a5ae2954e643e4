// What must not happen, looked for in a history. Each check is a pure function from what the clients saw to the cases
// that break a promise, with the evidence.

import { groupBy } from './group.ts'
import type { Done, History } from '../history.ts'
import { accessTolerance, lateAtMost, sessionLimit } from '../numbers.ts'
import { livesOf, mayBeOver, overSince, type Life, type Owned, type SignIn } from './lives.ts'

/** A broken promise. */
export interface Violation {
  readonly session?: string
  readonly subject?: string
  readonly what: string
  /** The operation that shows it. */
  readonly shown: Done
}

export const promises = [
  'answered logouts undone',
  'accidental sign-outs',
  'answered updates lost',
  'old claims accepted',
  'sessions over the limit',
  'answers that nobody expected',
] as const

export type Promised = (typeof promises)[number]

/** A promise, in how many cases it was put to the test, and where it was broken. */
export interface Finding {
  readonly promise: Promised
  readonly cases: number
  readonly violations: readonly Violation[]
}

export function findingsIn(history: History): readonly Finding[] {
  const lives = livesOf(history)
  return [
    undoneLogouts(history, lives),
    accidents(lives),
    lostUpdates(lives),
    oldClaims(lives),
    overLimit(history),
    unexpected(history),
  ]
}

// ---------------------------------------------------------------------------------------------- logouts

/** Sessions whose end was answered, and that were good for something afterwards. */
function undoneLogouts({ done }: History, lives: readonly Life[]): Finding {
  const ended = lives.flatMap((life) => {
    const over = overSince(life)
    return over === undefined ? [] : [{ life, over }]
  })
  const lists = groupBy(
    done.filter((one) => one.op === 'list'),
    ({ subject }) => subject,
  )
  const violations = ended.flatMap(({ life, over }): Violation[] => {
    const { session, subject } = life
    const shown =
      life.done.find((one) => isAlive(one, over)) ??
      lists.get(subject)?.find(({ start, sessions }) => start > over && sessions?.includes(session))
    if (!shown) return []
    const later = Math.round(shown.start - over)
    return [{ session, what: `${shown.op} succeeded ${later} ms after the answered end`, shown }]
  })
  return { promise: 'answered logouts undone', cases: ended.length, violations }
}

// An access token is judged by the feed, which takes its time; whatever asks the store knows at once.
function isAlive(one: Owned, over: number): boolean {
  if (one.result !== 'done' || one.op === 'sign-out' || one.op === 'revoke') return false
  const isByAccess = one.op === 'use' && one.refreshed !== true
  return one.start > over + (isByAccess ? accessTolerance : 0)
}

// ---------------------------------------------------------------------------------------------- sign-outs by accident

/** Sessions that were refused although nobody had ended them. */
function accidents(lives: readonly Life[]): Finding {
  const violations = lives.flatMap((life): Violation[] => {
    const shown = life.done.find(
      (one) => one.result === 'refused' && one.carried === 'session' && !mayBeOver(life, one.end),
    )
    if (!shown) return []
    const age = Math.round(shown.end - life.end)
    return [
      { session: life.session, what: `${shown.op} refused (${shown.why}) at an age of ${age} ms`, shown },
    ]
  })
  return { promise: 'accidental sign-outs', cases: lives.length, violations }
}

// ---------------------------------------------------------------------------------------------- changes

/** Changes that were answered, and missing from a later reading of the same session. */
function lostUpdates(lives: readonly Life[]): Finding {
  let cases = 0
  const violations = lives.flatMap(({ session, done }) => {
    const answered = done.filter((one) => one.result === 'done')
    const readings = answered.filter((one) => one.op === 'read')
    return answered.flatMap((change): Violation[] => {
      if (change.op !== 'update' && change.op !== 'promote') return []
      cases++
      const shown = readings.find(({ start, marks, rank }) => {
        if (start <= change.end) return false
        return change.op === 'update' ? !marks?.includes(change.mark) : (rank ?? 0) < (change.rank ?? 0)
      })
      return shown ? [{ session, what: `${change.op} answered at ${change.end} is missing`, shown }] : []
    })
  })
  return { promise: 'answered updates lost', cases, violations }
}

/** Claims of which a node made use long after their change was answered. */
function oldClaims(lives: readonly Life[]): Finding {
  let cases = 0
  const violations = lives.flatMap(({ session, done }) =>
    done.flatMap((change): Violation[] => {
      if (change.op !== 'promote' || change.result !== 'done') return []
      cases++
      const { rank: now = 0 } = change
      const shown = done.find(
        (one) => one.op === 'use' && one.start > change.end + accessTolerance && (one.rank ?? now) < now,
      )
      return shown ? [{ session, what: `rank ${now} was answered at ${change.end}`, shown }] : []
    }),
  )
  return { promise: 'old claims accepted', cases, violations }
}

// ---------------------------------------------------------------------------------------------- limits

/** Subjects that had more sessions than they may once their sign-ins were answered. */
function overLimit({ done }: History): Finding {
  const signIns = groupBy(
    done.filter((one) => one.op === 'sign-in'),
    ({ subject }) => subject,
  )
  const lists = done.filter((one) => one.op === 'list').filter(({ sessions }) => sessions !== undefined)
  const judged = lists.filter((one) => isQuiet(signIns.get(one.subject) ?? [], one.start))
  const violations = judged.flatMap((shown): Violation[] => {
    const { subject, sessions = [] } = shown
    const allowed = sessionLimit + leftOver(signIns.get(subject) ?? [], shown.start)
    return sessions.length > allowed ? [{ subject, what: `${sessions.length} sessions`, shown }] : []
  })
  return { promise: 'sessions over the limit', cases: judged.length, violations }
}

function isQuiet(signIns: readonly SignIn[], at: number): boolean {
  return signIns.every(({ start, end }) => end < at || start > at)
}

// A sign-in without an answer may have come as far as its insert; the next one that is answered removes the surplus.
function leftOver(signIns: readonly SignIn[], at: number): number {
  const answered = signIns.filter(({ result, end }) => result === 'done' && end < at)
  const lastOrder = Math.max(-Infinity, ...answered.map(({ start }) => start))
  return signIns.filter(
    ({ result, start, end }) => result === 'unknown' && start < at && end + lateAtMost > lastOrder,
  ).length
}

// ---------------------------------------------------------------------------------------------- answers

/** Answers that neither do what was asked, nor refuse credentials, nor say that the store is unavailable. */
function unexpected({ done }: History): Finding {
  const answered = done.filter(({ status }) => status !== 0)
  const violations = answered
    .filter(({ status, result }) => result === 'unknown' && status !== 503 && status < 600)
    .map((shown) => ({ what: `${shown.op} was answered ${shown.status} ${shown.why ?? ''}`, shown }))
  return { promise: 'answers that nobody expected', cases: answered.length, violations }
}
