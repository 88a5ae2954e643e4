// The demo without a browser: where it refuses to be, and what it refuses to do.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { LoopbackClient, type Here } from '../../src/demo/loopback.ts'
import { Meetings } from '../../src/demo/meetings.ts'
import { mountDemo } from '../../src/demo/mount.ts'
import { startDemo, type RunningDemo } from './support.ts'

let demo: RunningDemo
let here: Here

beforeAll(async () => {
  demo = await startDemo({ SOJOURN_STORE: 'memory:' })
  const { port, host } = new URL(demo.url)
  here = { address: '127.0.0.1', port: Number(port), host }
})

afterAll(() => demo?.stop())

async function signedIn(person: string): Promise<{ client: LoopbackClient; csrf: string }> {
  const client = new LoopbackClient('Test/1.0')
  const { csrf } = await client.csrfToken(here)
  await client.ask(here, 'POST', '/demo/sign-in', { csrf, body: { person } })
  return { client, csrf: (await client.csrfToken(here)).csrf }
}

describe('where the demo may be', () => {
  const settings = { environment: 'test', host: '127.0.0.1', policy: {} }

  test('it is not mounted where others could reach it', () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.org', '127.0.0.1.example.org'])
      expect(() => mountDemo({ ...settings, host })).toThrow('this machine only')
    for (const host of ['127.0.0.1', '127.8.0.1', '::1', 'localhost'])
      expect(() => mountDemo({ ...settings, host })).not.toThrow()
  })

  test('it is not mounted in production', () => {
    expect(() => mountDemo({ ...settings, environment: 'production' })).toThrow('not for production')
  })

  test('its short lifetimes give way to those of the settings, one by one', () => {
    const { policy } = mountDemo({ ...settings, policy: { cookie: { idle: '9m' } } })
    expect(policy.cookie).toEqual({ access: '30s', idle: '9m', absolute: '1h' })
  })
})

describe('what the demo lets nobody do', () => {
  test('nobody is signed in without the CSRF token of their own browser', async () => {
    const visitor = new LoopbackClient('Test/1.0')
    const { csrf } = await new LoopbackClient('Test/1.0').csrfToken(here)
    await visitor.csrfToken(here)
    for (const options of [{}, { csrf }]) {
      const answered = await visitor.ask(here, 'POST', '/demo/sign-in', {
        ...options,
        body: { person: 'ada' },
      })
      expect([answered.status, answered.body['code']]).toEqual([403, 'csrf_rejected'])
    }
  })

  test('nobody signs in as somebody who is not of the demo', async () => {
    const visitor = new LoopbackClient('Test/1.0')
    const { csrf } = await visitor.csrfToken(here)
    const answered = await visitor.ask(here, 'POST', '/demo/sign-in', { csrf, body: { person: 'root' } })
    expect(answered.status).toBe(422)
  })

  test('a visitor is told a state, but no events, and has nothing to steal', async () => {
    const visitor = new LoopbackClient('Test/1.0')
    const { csrf } = await visitor.csrfToken(here)
    const state = await visitor.ask(here, 'GET', '/demo/state')
    expect([state.status, state.body['session']]).toEqual([200, null])
    for (const [method, path] of [
      ['GET', '/demo/events'],
      ['POST', '/demo/thief/steal'],
    ] as const)
      expect((await visitor.ask(here, method, path, { csrf })).status).toBe(401)
  })

  test('a role that is none is refused', async () => {
    const { client, csrf } = await signedIn('ada')
    expect((await client.ask(here, 'POST', '/demo/role', { csrf, body: { role: 'root' } })).status).toBe(422)
  })

  test('a method that a path does not have is 405', async () => {
    const { client, csrf } = await signedIn('ada')
    expect((await client.ask(here, 'PUT', '/demo/role', { csrf })).status).toBe(405)
  })
})

describe('the thief', () => {
  test('gets a copy that works, of which the page is told only a digest', async () => {
    const { client, csrf } = await signedIn('ada')
    const { body } = await client.ask(here, 'POST', '/demo/thief/steal', { csrf })
    expect(body).toEqual({
      thief: expect.stringMatching(/^[\w-]{22}$/),
      jar: { digest: expect.stringMatching(/^[0-9a-f]{8}$/), generation: 0 },
    })
    const looked = await client.ask(here, 'POST', '/demo/thief/act', {
      csrf,
      body: { thief: body['thief'], action: 'look' },
    })
    expect(looked.body['steps']).toEqual([
      { method: 'GET', path: '/session', status: 200, code: null, subject: 'ada', told: [] },
    ])
  })

  test('is forgotten when there are too many', async () => {
    const { client, csrf } = await signedIn('ada')
    const first = await client.ask(here, 'POST', '/demo/thief/steal', { csrf })
    for (let more = 0; more < 16; more++) await client.ask(here, 'POST', '/demo/thief/steal', { csrf })
    const body = { thief: first.body['thief'], action: 'look' }
    expect((await client.ask(here, 'POST', '/demo/thief/act', { csrf, body })).status).toBe(404)
  })

  test('does nothing but look and refresh', async () => {
    const { client, csrf } = await signedIn('ada')
    const { body } = await client.ask(here, 'POST', '/demo/thief/steal', { csrf })
    const answered = await client.ask(here, 'POST', '/demo/thief/act', {
      csrf,
      body: { thief: body['thief'], action: 'burn' },
    })
    expect(answered.status).toBe(422)
  })
})

test('streams are limited, and end when the server stops', async () => {
  const other = await startDemo({ SOJOURN_STORE: 'memory:' })
  const { port, host } = new URL(other.url)
  const there = { address: '127.0.0.1', port: Number(port), host }
  const client = new LoopbackClient('Test/1.0')
  const { csrf } = await client.csrfToken(there)
  await client.ask(there, 'POST', '/demo/sign-in', { csrf, body: { person: 'ada' } })
  const streams = Array.from({ length: 33 }, () => client.ask(there, 'GET', '/demo/events'))
  const refused = await Promise.race(streams)
  expect(refused.status).toBe(429)
  expect(await other.stop()).toBe(0)
  const answers = await Promise.all(streams)
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(32)
})

test('two requests that meet go on together, and one that is alone does not wait for ever', async () => {
  const meetings = new Meetings()
  const order: string[] = []
  const first = meetings.arrive('here').then(() => order.push('first'))
  const alone = meetings.arrive('elsewhere').then(() => order.push('alone'))
  await meetings.arrive('here')
  await first
  expect(order).toEqual(['first'])
  await alone
  expect(order).toEqual(['first', 'alone'])
})
