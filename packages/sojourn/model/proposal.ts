// Rules that are proposed for session.ts. One sentence takes the place of the rows for G-1 and G-2: a generation is good
// until W after something newer was first used. The session keeps the last three uses (generation and instant) in the
// place of `confirmedAt` and `previousConfirmedAt`. Because a use names its generation, a step-up may skip generations
// that were never received, and a step-up that was never received is lifted without a new generation.

import type { Presented, Rotating } from '../src/core/session.ts'
import type { Rules } from './rules.ts'
import { usesOf, type Use } from './world.ts'

const kept = 3

export const byFirstUse: Rules = {
  present: (session, presented, now, policy) => {
    const { generation } = presented
    const { floor } = session
    const uses = usesOf(session) ?? []
    const within = (at: number): boolean => now - at < policy.overlap
    const newer = uses.find((use) => use.generation > generation)
    if (uses.length === kept && generation < uses[0]!.generation) return { kind: 'reused' }
    if (generation < session.generation && newer && !within(newer.at)) return { kind: 'reused' }
    if (floor && generation < floor.generation) {
      if (newer || within(floor.raisedAt)) return { kind: 'superseded' }
      return { kind: 'rotated', session: issued(lifted(noted(session, generation, now)), presented, now) }
    }
    if (generation >= session.generation) {
      const next = { ...noted(session, generation, now), generation: generation + 1 }
      return { kind: 'rotated', session: issued(next, presented, now) }
    }
    if (!newer && !isPatient(session, presented, within)) return { kind: 'reused' }
    // A generation that a step-up had skipped has been received after all.
    const seen = noted(session, generation, now)
    return seen === session ? { kind: 'replayed' } : { kind: 'rotated', session: seen }
  },
  confirmed: (session, generation, now) => {
    if (generation > (session as unknown as Rotating).generation) return undefined
    const seen = noted(session, generation, now)
    return seen === session ? undefined : seen
  },
  steppedUp: (session, generation, proof, now) => {
    const base = session.floor && generation < session.floor.generation ? lifted(session) : session
    const { authenticatedAt, amr, acr } = base
    const next = Math.max(generation, session.generation) + 1
    const before = { authenticatedAt, amr, ...(acr === undefined ? {} : { acr }) }
    return {
      ...issued(noted(base, generation, now), { generation }, now),
      generation: next,
      ...(proof.acr === undefined ? {} : { acr: proof.acr }),
      floor: { generation: next, raisedAt: now, before },
    }
  },
}

function isPatient(session: Rotating, presented: Presented, within: (at: number) => boolean): boolean {
  if (session.profile === 'cookie' || within(session.issuedAt)) return true
  return session.issuedFor !== undefined && session.issuedFor === presented.idempotencyKey
}

function noted<S>(session: S, generation: number, at: number): S {
  const uses: readonly Use[] = usesOf(session as object) ?? []
  const last = uses.at(-1)
  return last && last.generation >= generation
    ? session
    : { ...session, uses: [...uses, { generation, at }].slice(-kept) }
}

function issued<S extends Rotating>(session: S, { idempotencyKey }: Presented, now: number): S {
  const { issuedFor: _, ...rest } = session
  const issuedFor = idempotencyKey === undefined ? {} : { issuedFor: idempotencyKey }
  return { ...rest, issuedAt: now, ...issuedFor } as unknown as S
}

function lifted<S extends Rotating>(session: S): S {
  const { floor, acr: _, ...rest } = session
  return { ...rest, ...floor?.before } as unknown as S
}
