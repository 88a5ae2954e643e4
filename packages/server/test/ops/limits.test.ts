import type { SojournEvent } from 'sojourn'
import type { Told } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { networkOf } from '../../src/ops/network.ts'
import { sendRaw, statusOf } from '../support/raw.ts'
import { apiKey, startServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({
    said: { badCredentialsPerMinute: 3, refreshesPerMinute: 5, requestTimeout: 1 },
  })
})
afterAll(() => server.stop())

const from = (address: string, more: object = {}): { headers: Record<string, string> } => ({
  headers: { 'x-forwarded-for': address, ...more },
})

async function statuses(count: number, ask: () => Promise<Told>): Promise<readonly number[]> {
  const seen: number[] = []
  for (let time = 0; time < count; time++) seen.push((await ask()).status)
  return seen
}

describe('R28 R150 R158 A43 A105 bad credentials of one address', () => {
  const badKey = { authorization: 'Bearer sjk_nope' }

  it('are told to wait after a few, while good ones are not', async () => {
    const ask = (): Promise<Told> =>
      server.client().ask('GET', '/v1/sessions?subject=a', from('203.0.113.1', badKey))
    expect(await statuses(5, ask)).toEqual([401, 401, 401, 429, 429])
    const told = await ask()
    expect([told.json()['code'], Number(told.headers['retry-after'])]).toEqual([
      'rate_limited',
      expect.any(Number),
    ])
    expect((await server.backend('GET', '/v1/sessions?subject=a', from('203.0.113.1'))).status).toBe(200)
    expect((await server.client().ask('GET', '/v1/stats', from('203.0.113.2', badKey))).status).toBe(401)
  })

  it('count together, whatever they are: session tokens, access tokens, OAuth', async () => {
    const client = server.client()
    const address = '203.0.113.3'
    const json = { refreshToken: 'sj_nope' }
    const form = { grant_type: 'refresh_token', refresh_token: 'sj_nope' }
    const seen = [
      (await client.ask('POST', '/session/refresh', { json, ...from(address) })).status,
      (await client.ask('POST', '/oauth/token', { form, ...from(address) })).status,
      (await client.ask('GET', '/session', from(address, { authorization: 'Bearer eyJ.eyJ.x' }))).status,
    ]
    expect(seen).toEqual([401, 400, 401])
    const told = await client.ask('POST', '/oauth/token', { form, ...from(address) })
    expect([told.status, told.json()['error']]).toEqual([429, 'invalid_request'])
  })

  it('are not those of a visitor, who shows none', async () => {
    const client = server.client()
    expect(await statuses(6, () => client.ask('GET', '/session', from('203.0.113.4')))).toEqual(
      Array(6).fill(401),
    )
  })
})

describe('R150 refreshes of one address', () => {
  it('are slowed down, before the store is asked', async () => {
    const client = server.client()
    const json = { subject: 'ada', profile: 'bearer' }
    let { refreshToken } = (await server.backend('POST', '/v1/sessions', { json })).json()
    const refresh = async (): Promise<Told> => {
      const told = await client.ask('POST', '/session/refresh', {
        json: { refreshToken },
        ...from('203.0.113.9'),
      })
      if (told.status === 200) ({ refreshToken } = told.json())
      return told
    }
    expect(await statuses(7, refresh)).toEqual([200, 200, 200, 200, 200, 429, 429])
  })
})

describe('whom an address belongs to', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:ffff::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s is of %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

describe('a request that does not arrive whole in time', () => {
  it.each([
    'GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ',
    `POST /v1/sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${apiKey}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
  ])('is let go: %.40j', async (bytes) => {
    const answer = await sendRaw(server.port, bytes, 30_000)
    expect([statusOf(answer), answer]).toEqual([408, expect.stringContaining('"code":"request_timeout"')])
  })

  // Whoever hung up in the middle of a body made the log tell of a crash of ours.
  it('is the fault of its client, who may have left: nothing of ours has failed', async () => {
    const told: string[] = []
    const listeners = [({ type }: SojournEvent): void => void told.push(type)]
    const quiet = await startServer({ extra: { listeners } })
    const head = `POST /v1/sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${apiKey}\r\n`
    const type = 'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{'
    await sendRaw(quiet.port, `${head}${type}`, 100)
    await quiet.backend('POST', '/v1/sessions', { json: { subject: 'ada' } })
    expect(told).toEqual(['key.published', 'key.activated', 'session.created'])
    await quiet.stop()
  })
})
