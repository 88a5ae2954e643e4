import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entryOf, sessionOf } from '../../src/core/codec.ts'
import { readPolicy } from '../../src/core/policy.ts'
import { idleExpiry, lifetimesOf, type Session } from '../../src/core/session.ts'
import type { Facts } from '../../src/core/schema.ts'

const policy = readPolicy({}, [])
const owner = 'ownerownerownerownerowne'
const instant = fc.integer({ min: 0, max: 4_000_000_000_000 })
const json = fc
  .dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 })
  .map((value) => JSON.parse(JSON.stringify(value)) as Facts)
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
const proof = { authenticatedAt: instant, amr: fc.array(text, { maxLength: 3 }) }
const doubt = { isDoubted: fc.constant(true) }

const always = fc.record({
  id: fc.constant('AbCdEfGhIjKlMnOpQrStUvWxYz012345'),
  profile: fc.constantFrom('cookie', 'bearer'),
  remember: fc.boolean(),
  createdAt: instant,
  lastSeenAt: instant,
  generation: fc.nat(),
  issuedAt: instant,
  ...proof,
  uses: fc.array(fc.record({ generation: fc.nat(), at: instant }), { maxLength: 3 }),
  claims: json,
  claimsVersion: fc.integer({ min: 1, max: 1000 }),
  data: json,
  device: fc.record({ label: text, userAgent: text, ip: text, kind: text }, { requiredKeys: [] }),
  version: fc.integer({ min: 1, max: 1_000_000 }),
})
const before = fc.record({ ...proof, ...doubt, acr: text }, { requiredKeys: ['authenticatedAt', 'amr'] })
const sometimes = fc.record(
  {
    subject: text,
    tenant: text,
    issuedFor: text,
    floor: fc.record({ generation: fc.nat(), raisedAt: instant, before }),
    acr: text,
    ...doubt,
    lastSeenFrom: fc.record({ userAgent: text, ip: text }, { requiredKeys: [] }),
    status: fc.record({ list: text, index: fc.nat() }),
    idp: fc.record({ issuer: text, sid: text, subject: text }, { requiredKeys: ['issuer'] }),
  },
  { requiredKeys: [] },
)
const anySession: fc.Arbitrary<Session<Facts, Facts>> = fc
  .tuple(always, sometimes)
  .map(([one, other]) => Object.assign(one, other))

const [plain] = fc.sample(anySession, { numRuns: 1, seed: 1 }) as [Session<Facts, Facts>]

describe('a session in an entry', () => {
  it('takes hardly more room on another network: the browser is written once', () => {
    const userAgent = 'Firefox/140 '.repeat(12)
    const home = { ...plain, device: { userAgent, ip: '192.0.2.1' } }
    const { lastSeenFrom: _, ...before } = home
    const away = { ...before, lastSeenFrom: { userAgent, ip: '198.51.100.1' } }
    const entries = [before, away].map((session) => entryOf(session, owner, policy, 1))
    expect(entries[1]!.state.length - entries[0]!.state.length).toBeLessThan(45)
    expect(sessionOf(entries[1]!, {})).toEqual(away)
  })

  it('is read back as it was written, whatever is in it', () => {
    fc.assert(
      fc.property(anySession, (session) => {
        const entry = entryOf(session, owner, policy, 1)
        expect(sessionOf(entry, {})).toEqual(session)
        expect(sessionOf({ ...entry, state: JSON.stringify(JSON.parse(entry.state)) }, {})).toEqual(session)
      }),
      { numRuns: 500 },
    )
  })

  it('R212 A55 changes no other object, whatever somebody with the store has written into it', () => {
    const planted = '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}'
    const state = `{"c":1,"cl":${planted},"d":${planted},"dev":${planted},"__proto__":{"admin":true}}`
    const session = sessionOf({ ...entryOf(plain, owner, policy, 1), state }, {})
    for (const object of [session, session?.data, session?.claims, session?.device, {}])
      expect((object as { admin?: unknown }).admin).toBeUndefined()
  })

  it('R212 is read however deep it is nested, or refused as unreadable, without harm', () => {
    const state = `{"c":1,"d":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`
    expect(sessionOf({ ...entryOf(plain, owner, policy, 1), state }, {})?.createdAt).toBe(1)
  })

  it('stands under its own id and version, with its owner', () => {
    expect(entryOf(plain, owner, policy, 1)).toMatchObject({ id: plain.id, version: plain.version, owner })
  })

  it('is never swept before it has expired, and not long after', () => {
    fc.assert(
      fc.property(anySession, (session) => {
        const { expiresAt } = entryOf(session, owner, policy, 1)
        const late = expiresAt - idleExpiry(session, policy)
        expect(late).toBeGreaterThanOrEqual(0)
        expect(late).toBeLessThanOrEqual(lifetimesOf(session, policy).idle / 10)
      }),
    )
  })

  it('moves the expiry of its entry rarely: once in a tenth of the idle time', () => {
    const { idle } = lifetimesOf(plain, policy)
    const from = Math.ceil(plain.createdAt / idle) * idle
    const seen = Array.from({ length: 100 }, (_, n) => ({
      ...plain,
      authenticatedAt: from,
      lastSeenAt: from + (n * idle) / 100,
    }))
    const expiries = new Set(seen.map((session) => entryOf(session, owner, policy, 1).expiresAt))
    expect(expiries.size).toBeLessThanOrEqual(11)
  })

  it('takes little room: what has its usual value is not written', () => {
    const times = { createdAt: 1, authenticatedAt: 1, lastSeenAt: 1, issuedAt: 1 }
    const rest = {
      profile: 'cookie',
      remember: false,
      generation: 0,
      uses: [],
      amr: [],
      claims: {},
      claimsVersion: 1,
    } as const
    const usual: Session = {
      id: plain.id,
      subject: 'alice',
      ...times,
      ...rest,
      data: {},
      device: {},
      version: 1,
    }
    expect(JSON.parse(entryOf(usual, owner, policy, 1).state)).toEqual({ sub: 'alice', c: 1 })
  })

  it('is not found in an entry of another kind', () => {
    const entry = entryOf(plain, owner, policy, 1)
    expect(sessionOf({ ...entry, state: JSON.stringify({ t: 'keys', ring: '' }) }, {})).toBeUndefined()
  })
})

describe('facts of an earlier schema version', () => {
  const kept = { ...plain, claims: { admin: true } as Facts, data: {} as Facts }
  const migrate = (
    { claims }: { claims: unknown; data: unknown },
    from: number,
  ): { claims: Facts; data: Facts } => ({
    claims: { role: (claims as Facts)['admin'] ? 'admin' : 'reader' },
    data: { from },
  })

  it('are brought up to date when they are read', () => {
    const entry = entryOf(kept, owner, policy, 1)
    const session = sessionOf(entry, { schemaVersion: 3, migrate })
    expect(session).toMatchObject({ claims: { role: 'admin' }, data: { from: 1 } })
  })

  it('are left alone once they are up to date', () => {
    const entry = entryOf(kept, owner, policy, 3)
    expect(sessionOf(entry, { schemaVersion: 3, migrate })).toMatchObject({ claims: { admin: true } })
  })

  it('are left alone by an older node, which knows nothing of the newer shape', () => {
    const entry = entryOf(kept, owner, policy, 3)
    expect(sessionOf(entry, { schemaVersion: 2, migrate })).toMatchObject({ claims: { admin: true } })
  })
})
