import { testClient, type TestClient } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { readable } from '../src/ops/log.ts'
import { serving, type Ended } from './support/command.ts'
import { apiKey, secret, sharedVariables, temporaryFolder } from './support/server.ts'

const hostile = 'Mozilla\u001B[2J\u001B]0;owned\u0007 \u009B31m {"level":"fatal","msg":"forged"} \u2028\u2029'
const headers = { authorization: `Bearer ${apiKey}` }
const variables = { ...sharedVariables, SOJOURN_ACCESS_LIFETIME: '10s', SOJOURN_OVERLAP: '0s' }

/** Everything that lets somebody in, as it was handed out or sent. */
const credentials = new Set([apiKey, secret])
let said: Ended
let lines: readonly Record<string, unknown>[]

beforeAll(async () => {
  const folder = temporaryFolder()
  const server = await serving(['--port', '0', '--log-level', 'trace'], { folder: folder.path, variables })
  const client = testClient({ url: server.url.replace('localhost', '127.0.0.1') })
  await journey(client)
  client.close()
  said = await server.end('SIGTERM')
  folder.remove()
  lines = said.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
})
afterAll(() => credentials.clear())

// Sign-in, refresh, theft, forged tokens, wrong keys, sign-out; in cookies and in bodies; with a hostile name.
async function journey(client: TestClient): Promise<void> {
  const issue = async (json: object): Promise<Record<string, unknown>> => {
    const issued = (await client.ask('POST', '/v1/sessions', { json, headers })).json()
    keep(issued)
    return issued
  }
  const device = { userAgent: hostile, label: `${hostile}\r\n{"level":"fatal"}` }
  const app = await issue({
    subject: 'ada\r\n{"msg":"forged"}',
    profile: 'bearer',
    device,
    data: { pin: 'data-1234' },
  })
  let refreshToken = app['refreshToken']
  for (let time = 0; time < 3; time++) {
    const told = await client.ask('POST', '/session/refresh', {
      json: { refreshToken },
      headers: { 'user-agent': 'Mozilla/5.0 \u009B31m {"level":"fatal"}', 'sec-fetch-site': undefined },
    })
    keep(told.json())
    refreshToken = told.json()['refreshToken']
  }
  await client.ask('POST', '/session/refresh', { json: { refreshToken: app['refreshToken'] } })
  await client.ask('GET', '/session', { headers: { authorization: `Bearer ${String(app['accessToken'])}` } })
  const forged = `${String(app['accessToken']).slice(0, -6)}AAAAAA`
  credentials.add(forged)
  await client.ask('GET', '/session', { headers: { authorization: `Bearer ${forged}` } })
  await client.ask('GET', `/session?access_token=${String(app['accessToken'])}`)
  await client.ask('POST', '/v1/sessions', {
    json: {},
    headers: { authorization: `Bearer ${apiKey.slice(0, -2)}zz` },
  })
  const browser = await issue({ subject: 'grace', replaces: app['refreshToken'] })
  for (const line of browser['setCookie'] as string[]) {
    const [pair = ''] = line.split('; ')
    client.cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
  }
  await client.ask('POST', '/session/refresh', { headers: { 'x-csrf-token': 'wrong' } })
  keep((await client.ask('GET', '/session/csrf')).json())
  const csrf = { 'x-csrf-token': String(browser['csrfToken']) }
  const refreshed = await client.ask('POST', '/session/refresh', { headers: csrf })
  for (const cookie of refreshed.cookies) credentials.add(/=([^;]+)/.exec(cookie)?.[1] ?? '')
  await client.ask('POST', '/session/logout', { headers: csrf, json: { scope: 'all' } })
}

function keep(issued: Record<string, unknown>): void {
  for (const name of ['accessToken', 'refreshToken', 'csrfToken'])
    if (typeof issued[name] === 'string') credentials.add(issued[name])
}

describe('the log at its most talkative', () => {
  it('R201 has no token, secret or API key in it, nor a part of one', () => {
    expect(credentials.size).toBeGreaterThan(12)
    // The end of a token is its signature, which nobody else can make.
    const parts = [...credentials].map((credential) => credential.slice(-20))
    const { stdout, stderr } = said
    expect(parts.filter((part) => stdout.includes(part) || stderr.includes(part))).toEqual([])
    expect(stdout).not.toMatch(/data-1234|eyJ/)
  })

  it('R202 A101 has one line for each event, whatever a client calls itself', () => {
    expect(lines.every(({ level }) => ['info', 'warn', 'error', 'debug'].includes(String(level)))).toBe(true)
    expect(lines.every(({ msg }) => /^[a-z]+\.[a-z_]+$/.test(String(msg)))).toBe(true)
    expect(JSON.stringify(lines)).toContain('forged')
    // oxlint-disable-next-line no-control-regex
    expect(said.stdout.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]/)
  })

  it('R200 tells of each event when, who and what', () => {
    for (const line of lines) expect(line['time']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    const told = lines.map(({ msg }) => msg)
    for (const type of [
      'session.created',
      'session.refreshed',
      'session.reused',
      'session.ended',
      'token.rejected',
      'csrf.rejected',
      'api.refused',
    ])
      expect(told).toContain(type)
    expect(lines.find(({ msg }) => msg === 'session.reused')).toMatchObject({
      level: 'error',
      subject: 'ada\r\n{"msg":"forged"}',
      sessionId: expect.any(String) as string,
    })
  })

  it('says what a person needs on standard error, and nothing but events on standard output', () => {
    expect(said.stderr).toMatch(
      /^Sojourn is serving on http:\/\/localhost:\d+ \(development, sessions in .*\)\n/,
    )
    expect(said.stderr).toContain('Stop with Ctrl-C')
    expect(said.status).toBe(0)
  })
})

describe('the log in a terminal', () => {
  it('R202 is short to read, and gives a hostile name nothing to command', () => {
    const event = {
      level: 'warn',
      time: '2026-11-24T05:14:19.713Z',
      at: 'x',
      subject: hostile,
      msg: 'session.ended',
    }
    const line = readable(`${JSON.stringify(event)}\n`)
    expect(line).toMatch(/^05:14:19 warn {2}session\.ended {6}subject="Mozilla\\u001b\[2J.*"\n$/)
    // oxlint-disable-next-line no-control-regex
    expect(line.trimEnd()).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]/)
  })
})
