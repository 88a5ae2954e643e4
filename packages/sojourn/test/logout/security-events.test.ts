// Security events: `session-revoked` of CAEP 1.0 in both directions, pushed as RFC 8935 has it.

import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { createSojourn, type EndReason, type Sojourn, type SojournEvent } from '../../src/index.ts'
import {
  eventReceiver,
  eventSender,
  type DeliveryFailure,
  type Receiver,
  type Sender,
} from '../../src/logout.ts'
import { memoryStore } from '../../src/memory.ts'
import { manualClock, type ManualClock } from '../../src/testing.ts'
import {
  identityProvider,
  idpIssuer,
  opaqueSession as opaque,
  sessionRevoked,
  type Change,
  type IdentityProvider,
} from '../support/identity-provider.ts'
import { postOffice, until, type PostOffice } from '../support/post-office.ts'
import { issuer, secret } from '../support/secrets.ts'

describe('R170 receiving', () => {
  const user = { format: 'iss_sub', iss: idpIssuer, sub: '99beb27c-c1c2-4955-882a-e0dc4996fcbc' }
  const tenant = { format: 'opaque', id: '123456789' }

  let transmitter: IdentityProvider
  beforeAll(async () => {
    transmitter = await identityProvider()
  })
  afterAll(() => transmitter.close())

  let clock: ManualClock
  let events: SojournEvent[]
  let sojourn: Sojourn
  let receiver: Receiver
  let ids: readonly string[]
  beforeEach(async () => {
    clock = manualClock()
    events = []
    sojourn = createSojourn({
      issuer,
      environment: 'test',
      secrets: [secret()],
      store: memoryStore(),
      clock,
      listeners: [(event) => events.push(event)],
    })
    receiver = eventReceiver(sojourn, { transmitters: [transmitter.trusted] })
    const from = [
      { sid: opaque.id, subject: user.sub },
      { sid: 'another', subject: user.sub },
      { sid: 'third', subject: 'somebody else' },
    ]
    const issued = from.map((idp) => sojourn.create({ subject: 'alice', idp: { issuer: idpIssuer, ...idp } }))
    ids = (await Promise.all(issued)).map(({ session }) => session.id)
    clock.pass('1s')
  })
  afterEach(() => sojourn.close())

  const event = (change?: Change): Promise<string> => transmitter.event(clock, change)
  const push = (body: string, type = 'application/secevent+jwt'): Promise<Response> =>
    receiver.fetch(
      new Request('https://app.example/events', { method: 'POST', headers: { 'content-type': type }, body }),
    )
  const live = (): Promise<boolean[]> =>
    Promise.all(ids.map(async (id) => (await sojourn.find(id)) !== undefined))

  it.each([
    ['an opaque session', opaque, [false, true, true]],
    ['a person by issuer and sub', user, [false, false, true]],
    [
      'a session, a person and a tenant',
      { format: 'complex', session: opaque, user, tenant },
      [false, true, true],
    ],
    ['a person and a tenant', { format: 'complex', user, tenant }, [false, false, true]],
    ['a session that nobody knows', { format: 'opaque', id: 'unknown' }, [true, true, true]],
  ])('%s: 202, and these sessions are over', async (_, subject, expected) => {
    const response = await push(await event({ claims: { sub_id: subject } }))
    expect([response.status, await response.text(), await live()]).toEqual([202, '', expected])
  })

  it('takes all that CAEP allows beside it, and an event that comes again is acknowledged and does nothing', async () => {
    const details = {
      event_timestamp: Math.floor(clock() / 1000),
      initiating_entity: 'policy',
      reason_admin: { en: 'Landspeed Policy Violation: C076E82F' },
      reason_user: { en: 'Access attempt from multiple regions.' },
    }
    const token = await event({ claims: { sub_id: user, events: { [sessionRevoked]: details } } })
    expect([(await push(token)).status, await live()]).toEqual([202, [false, false, true]])
    clock.pass('1s')
    const idp = { issuer: idpIssuer, sid: 'anew', subject: user.sub }
    const { session } = await sojourn.create({ subject: 'alice', idp, remember: true })
    clock.pass('20h')
    expect((await push(token)).status).toBe(202)
    expect((await sojourn.list('alice')).map(({ id }) => id)).toEqual([session.id])
  })

  it('acknowledges what it makes nothing of', async () => {
    const other = { 'https://schemas.openid.net/secevent/caep/event-type/credential-change': {} }
    expect((await push(await event({ claims: { events: other } }))).status).toBe(202)
    expect(await live()).toEqual([true, true, true])
  })

  it.each<readonly [string, string, () => Change]>([
    ['sub', 'invalid_request', () => ({ claims: { sub: 'person-1' } })],
    ['exp', 'invalid_request', () => ({ claims: { exp: Math.floor(clock() / 1000) + 60 } })],
    ['a nonce', 'invalid_request', () => ({ claims: { nonce: 'n' } })],
    ['no sub_id', 'invalid_request', () => ({ claims: { sub_id: undefined } })],
    ['another typ', 'invalid_request', () => ({ header: { typ: 'logout+jwt' } })],
    ['no typ', 'invalid_request', () => ({ header: { typ: undefined } })],
    ['no events', 'invalid_request', () => ({ claims: { events: {} } })],
    ['two events', 'invalid_request', () => ({ claims: { events: { [sessionRevoked]: {}, other: {} } } })],
    [
      'a time in milliseconds',
      'invalid_request',
      () => ({ claims: { events: { [sessionRevoked]: { event_timestamp: clock() } } } }),
    ],
    [
      'an iat of the day before yesterday',
      'invalid_request',
      () => ({ claims: { iat: Math.floor(clock() / 1000) - 172_800 } }),
    ],
    ['an iat in the future', 'invalid_request', () => ({ claims: { iat: Math.floor(clock() / 1000) + 60 } })],
    ['no jti', 'invalid_request', () => ({ claims: { jti: undefined } })],
    [
      'a device, whose sessions nobody knows',
      'invalid_request',
      () => ({ claims: { sub_id: { format: 'complex', user, device: user } } }),
    ],
    [
      'a complex subject without a session or a user',
      'invalid_request',
      () => ({ claims: { sub_id: { format: 'complex', tenant } } }),
    ],
    [
      'a user that is opaque',
      'invalid_request',
      () => ({ claims: { sub_id: { format: 'complex', user: opaque } } }),
    ],
    [
      'an e-mail address',
      'invalid_request',
      () => ({ claims: { sub_id: { format: 'email', email: 'a@b.example' } } }),
    ],
    [
      'a person of another issuer',
      'access_denied',
      () => ({ claims: { sub_id: { ...user, iss: 'https://other.example' } } }),
    ],
    ['another audience', 'invalid_audience', () => ({ claims: { aud: 'https://other.example' } })],
    ['another issuer', 'invalid_issuer', () => ({ claims: { iss: 'https://evil.example' } })],
    ['another key', 'invalid_key', () => ({ key: transmitter.strangeKey })],
    ['an unknown kid', 'invalid_key', () => ({ header: { kid: 'other' } })],
  ])('%s: 400 as RFC 8935 §2.4 has it, and nobody is signed out', async (_, err, change) => {
    const response = await push(await event(change()))
    expect([
      response.status,
      response.headers.get('content-type'),
      response.headers.get('content-language'),
    ]).toEqual([400, 'application/json; charset=utf-8', 'en'])
    expect(await response.json()).toEqual({ err, description: expect.stringMatching(/\.$/) })
    expect(await live()).toEqual([true, true, true])
    expect(events.at(-1)).toMatchObject({ type: 'token.rejected', token: 'event' })
  })

  it('is for one media type', async () => {
    const told = [await push(await event(), 'application/jwt'), await push('', 'application/secevent+jwt')]
    expect(told.map(({ status }) => status)).toEqual([400, 400])
    expect(await live()).toEqual([true, true, true])
  })
})

describe('R170 sending', () => {
  let office: PostOffice
  let sender: Sender
  let sojourn: Sojourn
  let failures: DeliveryFailure[]
  beforeEach(async () => {
    office = await postOffice()
    office.answer((response) => void response.writeHead(202).end())
    failures = []
    sender = eventSender({
      receivers: [
        { audience: 'https://sp.example.com/caep', url: office.url, authorization: 'Bearer theirs' },
      ],
      retryAfter: ['5ms', '5ms'],
      onFailure: (failure) => failures.push(failure),
    })
    sojourn = createSojourn({
      issuer,
      environment: 'test',
      secrets: [secret()],
      store: memoryStore(),
      algorithm: 'ES256',
      listeners: [sender.listener],
    })
    sender.start(sojourn)
  })
  afterEach(async () => {
    await sender.close()
    sojourn.close()
    await office.close()
  })

  async function ended(reason?: EndReason): Promise<{ id: string; claims: Record<string, unknown> }> {
    const { session } = await sojourn.create({ subject: 'alice' })
    await sojourn.revoke(session.id, reason)
    await until(() => sender.waiting === 0)
    return { id: session.id, claims: await read(office.posted.at(-1)!.body) }
  }
  async function read(token: string): Promise<Record<string, unknown>> {
    const keys = createLocalJWKSet((await sojourn.keys.jwks()) as unknown as JSONWebKeySet)
    const audience = 'https://sp.example.com/caep'
    return (await jwtVerify(token, keys, { issuer, audience, typ: 'secevent+jwt', algorithms: ['ES256'] }))
      .payload
  }

  it('says which session of whom was revoked, when and by whom: no sub, no exp, and no typ but its own', async () => {
    const { id, claims } = await ended('signed_out')
    expect(claims).toEqual({
      iss: issuer,
      jti: expect.stringMatching(/^[\w-]{24}$/),
      iat: expect.any(Number),
      aud: 'https://sp.example.com/caep',
      sub_id: {
        format: 'complex',
        session: { format: 'opaque', id },
        user: { format: 'iss_sub', iss: issuer, sub: 'alice' },
      },
      events: {
        [sessionRevoked]: {
          event_timestamp: expect.any(Number),
          initiating_entity: 'user',
          reason_admin: { en: 'signed_out' },
        },
      },
    })
    const { headers } = office.posted[0]!
    expect([headers['content-type'], headers['accept'], headers['authorization']]).toEqual([
      'application/secevent+jwt',
      'application/json',
      'Bearer theirs',
    ])
    const by = (await ended('revoked')).claims['events'] as Record<string, { initiating_entity: string }>
    expect(by[sessionRevoked]!.initiating_entity).toBe('admin')
  })

  it('is tried again until it is acknowledged with 202, and is the same event each time', async () => {
    office.answer((response, count) => void response.writeHead([503, 200, 202][count - 1] ?? 202).end())
    await ended()
    const [one, two, three] = await Promise.all(office.posted.map(({ body }) => read(body)))
    expect([office.posted.length, two, three]).toEqual([3, one, one])
    expect(failures.map(({ reason }) => reason)).toEqual(['HTTP 503', 'HTTP 200'])
  })

  it.each([
    ['{"err":"invalid_audience","description":"secret words"}', 1, 'HTTP 400 invalid_audience'],
    ['{"err":"invalid_key"}', 3, 'HTTP 400 invalid_key'],
    ['what', 3, 'HTTP 400'],
    ['{"err":"Not a code"}', 3, 'HTTP 400'],
    [`{"err":"${'x'.repeat(100_000)}"}`, 3, 'HTTP 400'],
  ])(
    'that is refused is given up, unless the receiver may come to know our key: %.40s',
    async (body, attempts, reason) => {
      office.answer(
        (response) => void response.writeHead(400, { 'content-type': 'application/json' }).end(body),
      )
      await ended()
      expect([office.posted.length, failures.at(-1)]).toMatchObject([attempts, { reason, isGivenUp: true }])
    },
  )

  it('is taken by a receiver of ours', async () => {
    const there = createSojourn({
      issuer: 'https://sp.example.com',
      environment: 'test',
      secrets: [secret(2)],
      store: memoryStore(),
    })
    const audience = 'https://sp.example.com/caep'
    const receiver = eventReceiver(there, {
      transmitters: [{ issuer, audience, jwks: await sojourn.keys.jwks() }],
    })
    const { session } = await sojourn.create({ subject: 'alice' })
    const local = await there.create({ subject: 'x', idp: { issuer, sid: session.id, subject: 'alice' } })
    await sojourn.revoke(session.id)
    await until(() => sender.waiting === 0)
    const headers = { 'content-type': 'application/secevent+jwt' }
    const request = new Request(audience, { method: 'POST', headers, body: office.posted[0]!.body })
    expect((await receiver.fetch(request)).status).toBe(202)
    expect(await there.find(local.session.id)).toBeUndefined()
    there.close()
  })
})
