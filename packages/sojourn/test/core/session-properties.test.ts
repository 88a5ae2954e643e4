// The rules over long random histories under random policies, against a second opinion that remembers everything and is
// written as the sentence of decision 010 says it. A failure prints the seed that repeats it.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { readPolicy, type Policy } from '../../src/core/policy.ts'
import {
  accessExpiry,
  absoluteExpiry,
  expiry,
  idleExpiry,
  present,
  seen,
  steppedUp,
  type Presented,
  type Profile,
  type Session,
} from '../../src/core/session.ts'
import { frozen, now as start, sessionOf } from './rules.ts'

const anyPolicy: fc.Arbitrary<Policy> = fc
  .record({
    access: fc.integer({ min: 1, max: 3600 }),
    idle: fc.integer({ min: 1, max: 100 }),
    absolute: fc.integer({ min: 1, max: 100 }),
    overlap: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ access, idle, absolute, overlap }) => {
    const life = { access, idle: access * idle, absolute: access * idle * absolute }
    const faults: string[] = []
    const policy = readPolicy(
      {
        cookie: {
          ...life,
          absolute: Math.min(life.absolute, 30_000_000),
          idle: Math.min(life.idle, 30_000_000),
        },
        bearer: {
          ...life,
          absolute: Math.min(life.absolute, 30_000_000),
          idle: Math.min(life.idle, 30_000_000),
        },
        remember: { access },
        overlap: Math.floor((access * 1000 * overlap) / 5) / 1000,
      },
      faults,
    )
    if (faults.length > 0) throw new Error(faults.join('\n'))
    return policy
  })

const anyProfile = fc.constantFrom<Profile>('cookie', 'bearer')

/** What happens next: how long after, in windows; which generation, counted from the newest; and how. */
interface Happening {
  readonly after: number
  readonly behind: number
  readonly what: 'refresh' | 'see' | 'step up'
  readonly key: string | undefined
  readonly background: boolean
}

const anyHappening: fc.Arbitrary<Happening> = fc.record({
  after: fc.oneof(
    { weight: 3, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1) },
    { weight: 1, arbitrary: fc.double({ min: 1, max: 60, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(2, 2000) },
  ),
  behind: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(0, 0, 0, 1, 1, 2) },
    { weight: 1, arbitrary: fc.integer({ min: -3, max: 9 }) },
  ),
  what: fc.oneof(
    { weight: 5, arbitrary: fc.constant('refresh' as const) },
    { weight: 4, arbitrary: fc.constant('see' as const) },
  ),
  key: fc.constantFrom(undefined, undefined, 'k', 'l'),
  background: fc.boolean(),
})

const withStepUps = anyHappening.chain((happening) =>
  fc.constantFrom(happening, happening, happening, { ...happening, what: 'step up' as const }),
)

const history = (happening: fc.Arbitrary<Happening>): fc.Arbitrary<Happening[]> =>
  fc.array(happening, { minLength: 1, maxLength: 150, size: 'max' })

/** Everything that was ever used, and when first: what the session itself may forget. */
class Witness {
  readonly #firstUsed = new Map<number, number>()

  use(generation: number, at: number): void {
    for (const used of this.#firstUsed.keys()) if (used >= generation) return
    this.#firstUsed.set(generation, at)
  }

  /** The decision without step-ups. */
  expects(session: Session, { generation, idempotencyKey }: Presented, now: number, policy: Policy): string {
    if (expiry(session, now, policy)) return 'expired'
    if (generation >= session.generation) return 'rotated'
    const uses = [...this.#firstUsed].sort(([a], [b]) => a - b)
    const newer = uses.find(([used]) => used > generation)
    if (newer) {
      // Three uses are remembered; what is older than all of them cannot be judged, so it is a copy.
      const isForgotten = uses.length >= 3 && generation < uses.at(-3)![0]
      return now - newer[1] < policy.overlap && !isForgotten ? 'replayed' : 'reused'
    }
    if (session.profile === 'cookie' || now - session.issuedAt < policy.overlap) return 'replayed'
    return idempotencyKey !== undefined && idempotencyKey === session.issuedFor ? 'replayed' : 'reused'
  }
}

/** Lets everything happen, one after the other, until the session ends; `judge` sees each decision of a refresh. */
function live(
  { policy, profile, happenings }: { policy: Policy; profile: Profile; happenings: readonly Happening[] },
  judge: (told: { before: Session; presented: Presented; now: number; witness: Witness }) => void,
): number {
  let session = frozen(sessionOf({ profile }))
  let now = start
  let lived = 0
  const witness = new Witness()
  for (const { after, behind, what, key, background } of happenings) {
    now += Math.round(after * (policy.overlap || 1000))
    const generation = Math.max(0, session.generation - behind)
    const presented = { generation, background, ...(key === undefined ? {} : { idempotencyKey: key }) }
    if (what === 'see') {
      // An access token cannot be seen once the session is over, and none was minted at what was never issued.
      if (expiry(session, now, policy) || generation > session.generation) continue
      witness.use(generation, now)
      session = frozen(seen(session, presented, now, policy) ?? session)
      continue
    }
    judge({ before: session, presented, now, witness })
    const decision = present(session, presented, now, policy)
    if (decision.kind !== 'rotated' && decision.kind !== 'replayed') return lived
    lived++
    witness.use(generation, now)
    session =
      what === 'step up'
        ? frozen(steppedUp(session, generation, { amr: ['otp'], acr: 'aal2' }, now))
        : frozen(decision.session ?? session)
  }
  return lived
}

const anyLife = (happening: fc.Arbitrary<Happening>): fc.Arbitrary<Parameters<typeof live>[0]> =>
  fc.record({ policy: anyPolicy, profile: anyProfile, happenings: history(happening) })

describe('whatever happens to a session', () => {
  it('R125 R140: a generation is good until the overlap has passed since something newer was first used', () => {
    const kinds = new Map<string, number>()
    let longest = 0
    fc.assert(
      fc.property(anyLife(anyHappening), (life) => {
        const lived = live(life, ({ before, presented, now, witness }) => {
          const { kind } = present(before, presented, now, life.policy)
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
          expect(kind).toBe(witness.expects(before, presented, now, life.policy))
        })
        longest = Math.max(longest, lived)
      }),
      { numRuns: 1500 },
    )
    // The histories are worth something: every outcome occurred often, and some went on for long.
    const rare = ['rotated', 'replayed', 'reused', 'expired'].filter((kind) => (kinds.get(kind) ?? 0) <= 50)
    expect(rare).toEqual([])
    expect(longest).toBeGreaterThan(10)
  })

  it('R126: only the newest grows, one at a time; nothing outlives the absolute lifetime; and little is remembered', () => {
    fc.assert(
      fc.property(anyLife(withStepUps), (life) => {
        const { policy } = life
        live(life, ({ before, presented, now }) => {
          const decision = present(before, presented, now, policy)
          expect(present(before, presented, now, policy)).toEqual(decision)
          if (!('session' in decision) || !decision.session) return
          const { session } = decision
          const isNext = decision.kind === 'rotated'
          expect(session.generation).toBe(
            isNext ? Math.max(presented.generation, before.generation) + 1 : before.generation,
          )
          expect(session.lastSeenAt).toBeGreaterThanOrEqual(before.lastSeenAt)
          expect(session.authenticatedAt).toBeLessThanOrEqual(before.authenticatedAt)
          expect(idleExpiry(session, policy)).toBeLessThanOrEqual(absoluteExpiry(before, policy))
          expect(accessExpiry(session, now, policy)).toBeLessThanOrEqual(absoluteExpiry(before, policy))
          const generations = session.uses.map((use) => use.generation)
          expect(generations).toEqual([...new Set(generations)].sort((a, b) => a - b))
          expect(generations.length).toBeLessThanOrEqual(3)
          expect(Math.max(...generations)).toBeLessThan(session.generation + Number(!isNext))
        })
      }),
      { numRuns: 1000 },
    )
  })

  it('R6: no generation from before a step-up is ever exchanged for what the step-up gave', () => {
    let stepUps = 0
    fc.assert(
      fc.property(anyLife(withStepUps), (life) => {
        live(life, ({ before, presented, now }) => {
          if (!before.floor || presented.generation >= before.floor.generation) return
          stepUps++
          const decision = present(before, presented, now, life.policy)
          expect(decision.kind).not.toBe('rotated')
          const given = decision.kind === 'replayed' ? decision.session : before.floor.before
          expect(given).toMatchObject(before.floor.before)
        })
      }),
      { numRuns: 1000 },
    )
    expect(stepUps).toBeGreaterThan(100)
  })
})

/** A round of requests that are under way together: how many, which answers arrive, and what the store then does. */
interface Round {
  readonly pause: number
  readonly offsets: readonly number[]
  readonly arrives: readonly boolean[]
  readonly isRewound: boolean
  readonly isUsed: boolean
}

const anyRound: fc.Arbitrary<Round> = fc.record({
  pause: fc.oneof(fc.double({ min: 1, max: 5, noNaN: true }), fc.double({ min: 5, max: 500, noNaN: true })),
  // Sorted, within the window of the first.
  offsets: fc
    .array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 5 })
    .map((all) => [...all].sort((a, b) => a - b)),
  arrives: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
  isRewound: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  isUsed: fc.boolean(),
})

describe('an honest client', () => {
  it('R123 R124: is never refused before expiry, whatever answers are lost and whatever the store forgets', () => {
    const told = { replayed: 0, rotated: 0, ahead: 0 }
    fc.assert(
      fc.property(
        anyPolicy.filter(({ overlap }) => overlap >= 20),
        anyProfile,
        fc.array(anyRound, { minLength: 1, maxLength: 120, size: 'max' }),
        (policy, profile, rounds) => {
          let session: Session = sessionOf({ profile })
          let now = start
          let held = 0
          // One key for each refresh, kept until there is an answer; a browser needs none.
          let key = 0
          for (const { pause, offsets, arrives, isRewound, isUsed } of rounds) {
            now += Math.ceil(pause * policy.overlap)
            const [before, began] = [session, now]
            const answers: number[] = []
            for (const offset of offsets) {
              now = began + Math.floor(offset * policy.overlap)
              if (expiry(session, now, policy)) return
              const presented = {
                generation: held,
                ...(profile === 'bearer' ? { idempotencyKey: `${key}` } : {}),
              }
              told.ahead += Number(held > session.generation)
              const decision = present(session, presented, now, policy)
              if (decision.kind !== 'rotated' && decision.kind !== 'replayed') {
                throw new Error(`${decision.kind} at ${JSON.stringify({ session, held, now })}`)
              }
              told[decision.kind]++
              session = frozen(decision.session ?? session)
              answers.push(session.generation)
            }
            // Everybody who asks together is told the same.
            expect(new Set(answers).size).toBe(1)
            if (offsets.some((_, index) => arrives[index])) {
              held = answers[0]!
              key++
              if (isUsed && !expiry(session, now, policy))
                session = frozen(seen(session, { generation: held }, now, policy) ?? session)
            }
            // A fail-over loses what was written last.
            if (isRewound) session = before
          }
        },
      ),
      { numRuns: 800 },
    )
    for (const count of Object.values(told)) expect(count).toBeGreaterThan(100)
  })
})
