// Finding and sorting sessions and subjects, among all that the directory has seen. Pure functions.

import type { Facts, Session } from 'sojourn'

type Found = Session<Facts, Facts>

export interface Wanted {
  /** Part of a subject, an id, a tenant, a device or an address, in any case. */
  readonly text: string | undefined
  readonly profile: Session['profile'] | undefined
  readonly tenant: string | undefined
}

export type Direction = 'ascending' | 'descending'

/** The sessions that are wanted. */
export function sessionsLike(
  sessions: readonly Found[],
  { text, profile, tenant }: Wanted,
): readonly Found[] {
  const part = text?.toLowerCase()
  return sessions.filter(
    (session) =>
      (profile === undefined || session.profile === profile) &&
      (tenant === undefined || session.tenant === tenant) &&
      (part === undefined || textsOf(session).some((one) => one?.toLowerCase().includes(part))),
  )
}

function textsOf({ id, subject, tenant, device }: Found): readonly (string | undefined)[] {
  return [subject, id, tenant, device.label, device.userAgent, device.ip]
}

/** Sorted by a value, and by id where it is the same, so that pages do not overlap. */
export function inOrder<T>(
  items: readonly T[],
  valueOf: (item: T) => string | number,
  nameOf: (item: T) => string,
  direction: Direction,
): readonly T[] {
  const sign = direction === 'ascending' ? 1 : -1
  const keyed = items.map((item) => ({ item, value: valueOf(item), name: nameOf(item) }))
  return keyed
    .toSorted((a, b) => sign * compared(a.value, b.value) || compared(a.name, b.name))
    .map(({ item }) => item)
}

function compared(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** A subject with what its live sessions tell. */
export interface Subject {
  readonly subject: string
  readonly sessions: number
  readonly tenants: readonly string[]
  readonly firstSignInAt: number
  readonly lastSeenAt: number
}

/** The subjects of some sessions. */
export function subjectsOf(sessions: readonly Found[]): readonly Subject[] {
  const bySubject = new Map<string, Found[]>()
  for (const session of sessions) {
    if (session.subject === undefined) continue
    const own = bySubject.get(session.subject)
    if (own) own.push(session)
    else bySubject.set(session.subject, [session])
  }
  return [...bySubject].map(([subject, own]) => ({
    subject,
    sessions: own.length,
    tenants: [...new Set(own.flatMap(({ tenant }) => tenant ?? []))].toSorted(),
    firstSignInAt: Math.min(...own.map(({ createdAt }) => createdAt)),
    lastSeenAt: Math.max(...own.map(({ lastSeenAt }) => lastSeenAt)),
  }))
}
