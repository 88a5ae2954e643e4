// The commands about the audit trail, as processes of their own, beside a server that writes it.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { testClient } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { until } from '../../sojourn/test/support/redis.ts'
import { run, serving, start, type Ended } from './support/command.ts'
import { serverOnFile, type ServerOnFile } from './support/server-on-file.ts'
import { apiKey, secret, temporaryFolder } from './support/server.ts'

// Each starts processes, and the machine may be busy.
const patient = { timeout: 120_000 }

let place: ServerOnFile
beforeAll(async () => {
  place = await serverOnFile()
})
afterAll(() => place.remove())

const sojourn = (args: readonly string[], more: Record<string, string> = {}): Promise<Ended> =>
  place.command(args, more)

async function signIn(subject: string, userAgent = 'Robot/1'): Promise<string> {
  const json = { subject, device: { userAgent } }
  const headers = { authorization: `Bearer ${apiKey}`, 'sec-fetch-site': undefined }
  const told = await place.client.ask('POST', '/v1/sessions', { json, headers })
  return (told.json()['session'] as { id: string }).id
}

async function linesOf(args: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const { status, stdout } = await sojourn(['audit', 'tail', '--json', ...args])
  expect(status).toBe(0)
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('sojourn audit tail', patient, () => {
  it('prints what servers and commands have done, the newest last', async () => {
    const id = await signIn('ada')
    await until(async () => (await linesOf(['--session', id])).length === 1)
    expect((await sojourn(['sessions', 'revoke', id])).status).toBe(0)
    const lines = await linesOf(['--session', id, '--type', 'session'])
    expect(lines.map(({ type }) => type)).toEqual(['session.created', 'session.ended'])
    expect((await linesOf(['--type', 'audit.read', '--limit', '1']))[0]).toMatchObject({
      by: expect.stringContaining('command line'),
    })
  })

  it('R202 shows what a device calls itself as text, on one line', async () => {
    const id = await signIn('eve', 'x\r\n\u001b[2J\u202e2026-01-01 info session.ended')
    await until(async () => (await linesOf(['--session', id])).length === 1)
    const { stdout } = await sojourn(['audit', 'tail', '--session', id])
    expect(stdout.split('\n')).toHaveLength(2)
    for (const strange of ['\u001b', '\u202e', '\r']) expect(stdout).not.toContain(strange)
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d info {5}session.created /)
  })

  it('--follow goes on with what comes, until it is interrupted', async () => {
    const { child, ended, said } = start(['audit', 'tail', '--follow', '--json', '--subject', 'linus'], {
      folder: place.folder,
      variables: place.variables,
    })
    // It has begun once its reading is in the trail.
    await until(async () =>
      (await linesOf(['--type', 'audit.read'])).some(({ asked }) => String(asked).includes('"follow":true')),
    )
    await signIn('grace')
    const id = await signIn('linus')
    await until(async () => said().stdout.includes(id))
    child.kill('SIGINT')
    const { status, stdout } = await ended
    expect([status, stdout.trim().split('\n').length]).toEqual([0, 1])
  })
})

describe('sojourn audit verify', patient, () => {
  it('is 0 for a trail that nobody touched, and prints its end for the next time', async () => {
    const { status, stdout, stderr } = await sojourn(['audit', 'verify'])
    expect([status, stdout, stderr]).toEqual([
      0,
      expect.stringMatching(/^\d+:[\w-]{22}\n$/),
      expect.stringContaining('Nobody has touched'),
    ])
    await signIn('ada')
    expect((await sojourn(['audit', 'verify', '--since', stdout.trim()])).status).toBe(0)
    expect((await sojourn(['audit', 'verify', '--since', `99999${stdout.trim()}`])).status).toBe(1)
    expect((await sojourn(['audit', 'verify', '--since', 'yesterday'])).status).toBe(2)
  })

  it('R203 is 1 for one that was tampered with, and names the line', async () => {
    const database = new DatabaseSync(join(place.folder, '.sojourn', 'audit.db'))
    database.exec(`UPDATE line SET text = replace(text, 'session', 'Session') WHERE number = 3`)
    const { status, stdout } = await sojourn(['audit', 'verify'])
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^3 +edited +what it says is not/m)])
    const json = await sojourn(['audit', 'verify', '--json'])
    expect([json.status, JSON.parse(json.stdout)]).toMatchObject([1, { ok: false, faults: [{ number: 3 }] }])
    database.exec(`UPDATE line SET text = replace(text, 'Session', 'session') WHERE number = 3`)
    database.close()
    expect((await sojourn(['audit', 'verify'])).status).toBe(0)
  })

  it('says what to do where there is no trail', async () => {
    const elsewhere = await sojourn(['audit', 'verify', '--home', 'elsewhere'])
    expect([elsewhere.status, elsewhere.stderr]).toEqual([2, expect.stringContaining('--home')])
    const off = await sojourn(['audit', 'tail'], { SOJOURN_AUDIT: 'off' })
    expect([off.status, off.stderr]).toEqual([2, expect.stringContaining('SOJOURN_AUDIT is off')])
  })
})

it('R203 a trail in files is read and verified beside the server that writes it', patient, async () => {
  const { path, remove } = temporaryFolder()
  const own = { ...place.variables, SOJOURN_AUDIT: 'file:trail/audit.jsonl?durability=power' }
  const command = (args: readonly string[]): Promise<Ended> => run(args, { folder: path, variables: own })
  const missing = await command(['audit', 'verify'])
  expect([missing.status, missing.stderr]).toEqual([
    2,
    expect.stringContaining('sessions.db, which is not there'),
  ])
  const writer = await serving(['--port', '0', '--log-level', 'error', '--workers', '2'], {
    folder: path,
    variables: own,
  })
  const app = testClient({ url: writer.url })
  const headers = { authorization: `Bearer ${apiKey}`, 'sec-fetch-site': undefined }
  const ids = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const told = await app.ask('POST', '/v1/sessions', { json: { subject: `ada-${index}` }, headers })
      return (told.json()['session'] as { id: string }).id
    }),
  )
  expect((await command(['sessions', 'revoke', ids[0]!])).status).toBe(0)
  const tail = async (): Promise<string> => (await command(['audit', 'tail', '--type', 'session'])).stdout
  await until(async () => (await tail()).split('session.created').length === 9)
  expect(await tail()).toContain('session.ended')
  expect((await command(['audit', 'verify'])).status).toBe(0)
  app.close()
  await writer.end('SIGTERM')
  const file = join(path, 'trail', 'audit.jsonl')
  writeFileSync(file, readFileSync(file, 'utf8').replace('"subject":"ada-3"', '"subject":"eve"'))
  const { status, stdout } = await command(['audit', 'verify'])
  expect([status, stdout]).toEqual([1, expect.stringContaining('edited')])
  remove()
})

it(
  'a server on any port and the commands beside it write one trail, also where no issuer is set',
  async () => {
    const { path, remove } = temporaryFolder()
    const options = { folder: path, variables: { SOJOURN_SECRETS: secret, SOJOURN_API_KEY: apiKey } }
    const one = await serving(['--port', '0'], options)
    expect((await run(['keys', 'rotate'], options)).status).toBe(0)
    await one.end('SIGTERM')
    const verified = await run(['audit', 'verify', '--json'], options)
    remove()
    expect([verified.status, JSON.parse(verified.stdout)]).toMatchObject([0, { ok: true }])
  },
  patient.timeout,
)

describe('sojourn sessions explain', patient, () => {
  it('tells in plain words why a session ended', async () => {
    const id = await signIn('ada')
    await sojourn(['sessions', 'revoke', id])
    await until(async () => (await linesOf(['--session', id, '--type', 'session'])).length === 2)
    const { status, stdout } = await sojourn(['sessions', 'explain', id])
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/Began for ada, in cookies, from Robot\/1\..*It ended at .*application/s),
    ])
    const json = await sojourn(['sessions', 'explain', id, '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ isLive: false, ended: { reason: 'revoked' } })
    const unknown = await sojourn(['sessions', 'explain', 'nobody'])
    expect([unknown.status, unknown.stdout]).toEqual([1, ''])
  })
})
