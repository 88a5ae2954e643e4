// Back-channel logouts to relying parties: what they are sent, as jose judges it, and what happens when they do not answer.

import type { ServerResponse } from 'node:http'

import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createSojourn, type Sojourn } from '../../src/index.ts'
import {
  logoutReceiver,
  logoutSender,
  type DeliveryFailure,
  type LogoutSenderOptions,
  type Sender,
} from '../../src/logout.ts'
import { memoryStore } from '../../src/memory.ts'
import { logoutEvent } from '../support/identity-provider.ts'
import { postOffice, until, type PostOffice } from '../support/post-office.ts'
import { issuer, secret } from '../support/secrets.ts'

let sender: Sender
let failures: DeliveryFailure[]
let sojourn: Sojourn
let first: PostOffice
let second: PostOffice

function begin(options: Partial<LogoutSenderOptions> = {}): void {
  failures = []
  sender = logoutSender({
    relyingParties: [
      { clientId: 'shop', url: first.url },
      { clientId: 'forum', url: second.url },
    ],
    retryAfter: ['5ms', '5ms', '5ms'],
    onFailure: (failure) => failures.push(failure),
    ...options,
  })
  sojourn = createSojourn({
    issuer,
    environment: 'test',
    secrets: [secret()],
    store: memoryStore(),
    algorithm: 'ES256',
    listeners: [sender.listener],
  })
}
beforeEach(async () => {
  ;[first, second] = await Promise.all([postOffice(), postOffice()])
  begin()
})
afterEach(async () => {
  await sender.close()
  sojourn.close()
  await Promise.all([first.close(), second.close()])
})

async function signedOut(subject = 'alice'): Promise<string> {
  const { session } = await sojourn.create({ subject })
  await sojourn.revoke(session.id)
  return session.id
}
const tokensAt = ({ posted }: PostOffice): string[] =>
  posted.map(({ body }) => new URLSearchParams(body).get('logout_token') ?? '')

/** What jose reads in a token, which refuses everything that is not a JWT of ours for this audience. */
async function read(token: string, audience: string): Promise<JWTPayload> {
  const keys = createLocalJWKSet((await sojourn.keys.jwks()) as unknown as JSONWebKeySet)
  return (await jwtVerify(token, keys, { issuer, audience, typ: 'logout+jwt', algorithms: ['ES256'] }))
    .payload
}

describe('R169 the end of a session', () => {
  it('is told to every relying party, in a token of its own that is good for two minutes', async () => {
    sender.start(sojourn)
    const id = await signedOut()
    await until(() => sender.waiting === 0)
    expect(first.posted[0]!.headers['content-type']).toBe('application/x-www-form-urlencoded')
    const said = await read(tokensAt(first)[0]!, 'shop')
    expect(said).toEqual({
      iss: issuer,
      aud: 'shop',
      sub: 'alice',
      sid: id,
      iat: expect.any(Number),
      exp: said.iat! + 120,
      jti: expect.stringMatching(/^[\w-]{24}$/),
      events: { [logoutEvent]: {} },
    })
    const other = await read(tokensAt(second)[0]!, 'forum')
    expect([other['sid'], other.jti === said.jti]).toEqual([id, false])
  })

  it('is told once for each session, whatever has ended it, and of an anonymous one without a sub', async () => {
    sender.start(sojourn)
    await sojourn.create({ subject: 'alice' })
    await sojourn.create({ subject: 'alice' })
    await sojourn.revokeAll('alice')
    const { session } = await sojourn.create({})
    await sojourn.revoke(session.id)
    await until(() => sender.waiting === 0)
    const said = await Promise.all(tokensAt(first).map((token) => read(token, 'shop')))
    expect([said.length, new Set(said.map(({ sid }) => sid)).size]).toEqual([3, 3])
    expect(said.find(({ sid }) => sid === session.id)).not.toHaveProperty('sub')
  })

  it('waits for the start, with what came before it', async () => {
    await signedOut()
    expect([sender.waiting, first.posted.length]).toEqual([1, 0])
    sender.start(sojourn)
    await until(() => sender.waiting === 0)
    expect([first.posted.length, second.posted.length]).toEqual([1, 1])
  })

  it('is taken by a receiver of ours, which needs our keys and nothing else of us', async () => {
    const there = createSojourn({
      issuer: 'https://shop.example',
      environment: 'test',
      secrets: [secret(2)],
      store: memoryStore(),
    })
    const jwks = await sojourn.keys.jwks()
    const receiver = logoutReceiver(there, { providers: [{ issuer, audience: 'shop', jwks }] })
    const { session } = await sojourn.create({ subject: 'alice' })
    const idp = { issuer, sid: session.id, subject: 'alice' }
    const shop = await there.create({ subject: 'customer 1', idp })
    sender.start(sojourn)
    await sojourn.revoke(session.id)
    await until(() => sender.waiting === 0)
    const request = new Request('https://shop.example/logout', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: first.posted[0]!.body,
    })
    expect((await receiver.fetch(request)).status).toBe(200)
    expect(await there.find(shop.session.id)).toBeUndefined()
    there.close()
  })
})

describe('R169 a relying party', () => {
  it('that answers 500 and then 200 gets one effective logout, and nobody else hears of it twice', async () => {
    const effective: string[] = []
    first.answer((response, count) => {
      if (count === 1) return void response.writeHead(500).end()
      effective.push(tokensAt(first)[count - 1]!)
      response.writeHead(200).end()
    })
    sender.start(sojourn)
    const id = await signedOut()
    await until(() => sender.waiting === 0)
    expect([first.posted.length, effective.length, second.posted.length]).toEqual([2, 1, 1])
    expect(await read(effective[0]!, 'shop')).toMatchObject({ sid: id })
    // A receiver that has noted the first token before it failed would refuse it: the second is another one.
    const [before, after] = await Promise.all(tokensAt(first).map((token) => read(token, 'shop')))
    expect(before!.jti).not.toBe(after!.jti)
    expect(failures).toEqual([{ to: 'shop', sessionId: id, reason: 'HTTP 500', isGivenUp: false }])
  })

  it('that hangs keeps no other waiting, and is asked four times at once at the most', async () => {
    const open: ServerResponse[] = []
    first.answer((response) => void open.push(response))
    sender.start(sojourn)
    for (let count = 0; count < 6; count++) await signedOut()
    await until(() => second.posted.length === 6 && open.length === 4)
    expect([first.posted.length, failures]).toEqual([4, []])
    first.answer((response) => void response.writeHead(200).end())
    for (const response of open) response.writeHead(200).end()
    await until(() => sender.waiting === 0)
    expect([first.posted.length, failures]).toEqual([6, []])
  })

  it('is told again after 400, which may mean that the logout failed there; 204 is as good as 200', async () => {
    first.answer((response, count) => void response.writeHead(count === 1 ? 400 : 204).end())
    sender.start(sojourn)
    await signedOut()
    await until(() => sender.waiting === 0)
    expect([first.posted.length, failures.map(({ reason }) => reason)]).toEqual([2, ['HTTP 400']])
  })

  it('that is gone for good is given up, as one that redirects elsewhere is after the last attempt', async () => {
    first.answer((response) => void response.writeHead(410).end())
    second.answer((response) => void response.writeHead(307, { location: '/elsewhere' }).end())
    sender.start(sojourn)
    await signedOut()
    await until(() => sender.waiting === 0)
    expect([first.posted.length, second.posted.map(({ path }) => path)]).toEqual([
      1,
      ['/receive', '/receive', '/receive', '/receive'],
    ])
    expect(failures.filter(({ isGivenUp }) => isGivenUp).map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['HTTP 410', 'HTTP 307']),
    )
  })
})

it('a sender that is closed says how much was not taken', async () => {
  first.answer((response) => void response.writeHead(500).end())
  begin({ retryAfter: ['1h'] })
  sender.start(sojourn)
  await signedOut()
  await until(() => failures.length === 1 && second.posted.length === 1)
  expect(await sender.close()).toBe(1)
})

describe('what cannot be used', () => {
  it.each([
    [{ relyingParties: [{ clientId: 'shop', url: 'http://shop.example' }] }, 'https'],
    [{ relyingParties: [{ clientId: '', url: 'https://shop.example' }] }, 'audience'],
    [{ retryAfter: ['soon' as '1s'] }, 'duration'],
    [{ mostWaiting: 0 }, 'mostWaiting'],
  ])('%j', (wrong, said) => {
    expect(() => logoutSender({ relyingParties: [], ...wrong })).toThrow(said)
  })

  it('a Sojourn whose tokens nobody else can verify', async () => {
    const own = createSojourn({ issuer, environment: 'test', secrets: [secret()], store: memoryStore() })
    expect(() => sender.start(own)).toThrow('HS256')
    await expect(own.keys.sign('logout+jwt', {})).rejects.toMatchObject({ code: 'config_invalid' })
    own.close()
  })
})
