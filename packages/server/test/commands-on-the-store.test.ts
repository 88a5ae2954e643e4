// The commands that work on the store, as processes of their own, beside a server that has the same store.

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { testClient, type TestClient, type Told } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { serving, type Ended } from './support/command.ts'
import { serverOnFile, type ServerOnFile } from './support/server-on-file.ts'
import { apiKey, issuer, secret } from './support/server.ts'

let place: ServerOnFile
let client: TestClient

beforeAll(async () => {
  place = await serverOnFile()
  ;({ client } = place)
})
afterAll(() => place.remove())

const sojourn = (args: readonly string[], more: Record<string, string> = {}): Promise<Ended> =>
  place.command(args, more)

async function printed(args: readonly string[], more: Record<string, string> = {}): Promise<unknown> {
  const { status, stdout, stderr } = await sojourn([...args, '--json'], more)
  expect([status, stderr]).toEqual([0, expect.any(String)])
  return JSON.parse(stdout) as unknown
}

const ask = (method: string, path: string, json?: unknown, key = apiKey): Promise<Told> =>
  client.ask(method, path, {
    ...(json === undefined ? {} : { json }),
    headers: { authorization: `Bearer ${key}`, 'sec-fetch-site': undefined },
  })

async function signIn(
  subject: string,
  more: object = {},
): Promise<{ id: string; accessToken: string; refreshToken: string }> {
  const body = (await ask('POST', '/v1/sessions', { subject, profile: 'bearer', ...more })).json()
  const { session, accessToken, refreshToken } = body as {
    session: { id: string }
    accessToken: string
    refreshToken: string
  }
  return { id: session.id, accessToken, refreshToken }
}

describe('sojourn subjects', () => {
  it('writes all about a person down, and forgets them once it is said that it is meant', async () => {
    const { refreshToken, id } = await signIn('lovelace')
    await signIn('lovelace')
    const file = join(place.folder, 'lovelace.json')
    expect((await sojourn(['subjects', 'export', 'lovelace', file])).status).toBe(0)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const whole = JSON.parse(readFileSync(file, 'utf8')) as { counts: unknown }
    expect(whole.counts).toEqual({ sessions: 2, others: 0, audit: 2 })
    expect(await printed(['subjects', 'export', 'lovelace'])).toMatchObject({ subject: 'lovelace' })
    const again = await sojourn(['subjects', 'export', 'lovelace', file])
    expect([again.status, again.stderr]).toEqual([2, expect.stringContaining('is there already')])

    const careful = await sojourn(['subjects', 'erase', 'lovelace'])
    expect([careful.status, careful.stderr]).toEqual([2, expect.stringContaining('--yes')])
    expect((await ask('GET', `/v1/sessions/${id}`)).status).toBe(200)
    // Two sign-ins, two sign-outs, and two exports.
    const gone = { sessions: 2, providerLinks: 0, formerIds: 0, auditLines: 6 }
    expect(await printed(['subjects', 'erase', 'lovelace', '--yes'])).toEqual(gone)
    expect((await client.ask('POST', '/session/refresh', { json: { refreshToken } })).status).toBe(401)
    expect((await sojourn(['audit', 'tail', '--limit', '100'])).stdout).not.toContain('lovelace')
    const verified = await sojourn(['audit', 'verify'])
    expect([verified.status, verified.stderr]).toEqual([
      0,
      expect.stringContaining('something was taken out'),
    ])
    const once = await sojourn(['subjects', 'erase', 'lovelace', '--yes'])
    expect([once.status, once.stderr]).toEqual([0, expect.stringContaining('Gone: sessions 0')])
    expect((await sojourn(['subjects', 'erase', 'x'.repeat(256), '--yes'])).status).toBe(2)
  })
})

describe('sojourn sessions revoke', () => {
  it('is told of in the trail with the user of the system', async () => {
    const { id } = await signIn('hopper')
    expect((await sojourn(['sessions', 'revoke', id])).status).toBe(0)
    const { stdout } = await sojourn(['sessions', 'explain', id])
    expect(stdout).toContain('administrator ended it. It was done at the command line')
    const [end] = ((await ask('GET', `/v1/audit?session=${id}&type=session.ended`)).json()['items'] ??
      []) as object[]
    expect(end).toMatchObject({ actor: { kind: 'command', name: expect.stringMatching(/^command line/) } })
  })
})

describe('sojourn apikeys', () => {
  it('makes a key that every server on the store takes, shows it once, and takes it back', async () => {
    const made = await sojourn(['apikeys', 'create', '--role', 'read', '--name', 'reports'])
    expect(made.status).toBe(0)
    // Alone on standard output, so that it goes through a pipe.
    expect(made.stdout).toMatch(/^sjk_[\w-]{43}\n$/)
    const key = made.stdout.trim()
    expect((await ask('GET', '/v1/sessions?subject=ada', undefined, key)).status).toBe(200)
    expect((await ask('POST', '/v1/sessions', { subject: 'ada' }, key)).status).toBe(403)
    const [listed] = (await printed(['apikeys', 'list'])) as { id: string; lastUsedAt: string | null }[]
    expect(listed).toMatchObject({ role: 'read', name: 'reports', expiresAt: null })
    expect(listed?.lastUsedAt).not.toBeNull()
    expect(readFileSync(join(place.folder, 'sessions.db')).includes(key)).toBe(false)
    expect((await sojourn(['apikeys', 'list'])).stdout).not.toContain(key)
    expect((await sojourn(['apikeys', 'revoke', listed?.id ?? ''])).status).toBe(0)
    expect((await ask('GET', '/v1/sessions?subject=ada', undefined, key)).status).toBe(401)
    expect((await sojourn(['apikeys', 'revoke', listed?.id ?? ''])).status).toBe(1)
  })

  it.each([
    [['--role', 'god'], '--role must be manage or read'],
    [['--role', 'read', '--expires', 'soon'], '--expires must be a duration'],
    [['--role', 'read', '--expires', '500d'], '--expires must be a duration'],
    [['--role', 'read', '--name', 'x'.repeat(65)], '--name must be'],
    [[], "required option '--role <role>' not specified"],
  ])('create %j is a mistake: status 2', async (args, said) => {
    const { status, stdout, stderr } = await sojourn(['apikeys', 'create', ...args])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(said)
  })
})

describe('sojourn sessions', () => {
  it('lists, shows and ends sessions, also for the server that runs', async () => {
    const { id, accessToken } = await signIn('cli-ada', {
      data: { cart: ['book'] },
      device: { label: 'A\u001b[31mB' },
    })
    const other = await signIn('cli-ada', { tenant: 'acme' })
    const listed = (await printed(['sessions', 'list', '--subject', 'cli-ada'])) as { id: string }[]
    expect(listed.map((one) => one.id).toSorted()).toEqual([id, other.id].toSorted())
    const table = (await sojourn(['sessions', 'list', '--subject', 'cli-ada'])).stdout
    expect(table).toMatch(/^ID +SUBJECT +PROFILE +LAST SEEN \(UTC\) +ENDS +DEVICE\n/)
    // Neither colours where nobody looks, nor those of a device.
    expect(table).not.toContain('\u001b')
    expect(table).toContain('A?[31mB')
    expect(await printed(['sessions', 'show', id])).toMatchObject({
      id,
      data: { cart: ['book'] },
      version: 1,
    })
    expect((await sojourn(['sessions', 'revoke', id])).status).toBe(0)
    const headers = { authorization: `Bearer ${accessToken}` }
    await expect.poll(async () => (await client.ask('GET', '/session', { headers })).status).toBe(401)
    expect((await sojourn(['sessions', 'show', id])).status).toBe(1)
    expect((await sojourn(['sessions', 'revoke', id])).status).toBe(1)
  })

  it('ends all of a subject but one, and all of a tenant when that is meant', async () => {
    const kept = await signIn('cli-keep')
    await signIn('cli-keep')
    expect(await printed(['sessions', 'revoke', '--subject', 'cli-keep', '--except', kept.id])).toMatchObject(
      { revoked: 1 },
    )
    await signIn('cli-tenant', { tenant: 'initech' })
    const asked = await sojourn(['sessions', 'revoke', '--tenant', 'initech'])
    expect([asked.status, asked.stderr]).toEqual([2, expect.stringContaining('--yes')])
    expect(await printed(['sessions', 'revoke', '--tenant', 'initech', '--yes'])).toMatchObject({
      revoked: 1,
    })
    expect(await printed(['sessions', 'list', '--tenant', 'initech'])).toEqual([])
  })

  it.each([
    [['revoke'], 'Say which'],
    [['revoke', 'x', '--subject', 'y'], 'Say which'],
    [['revoke', 'x', '--except', 'y'], '--except goes with --subject'],
    [['show'], "missing required argument 'id'"],
  ])('%j is a mistake: status 2', async (args, said) => {
    const { status, stderr } = await sojourn(['sessions', ...args])
    expect([status, stderr]).toEqual([2, expect.stringContaining(said)])
  })

  it('moves to another store, where its tokens are as good as before, and nothing is overwritten', async () => {
    const { id, refreshToken } = await signIn('cli-mover')
    await signIn('cli-mover')
    const file = join(place.folder, 'sessions.jsonl')
    expect((await sojourn(['sessions', 'export', file])).status).toBe(0)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const text = readFileSync(file, 'utf8')
    expect(text).not.toMatch(/sj_|eyJ|sealed|"apikey"/)
    // It is not written over.
    expect((await sojourn(['sessions', 'export', file])).status).toBe(1)
    const elsewhere = { SOJOURN_STORE: 'sqlite:other.db' }
    const refused = await sojourn(['sessions', 'import', file], elsewhere)
    expect([refused.status, refused.stderr]).toEqual([
      2,
      expect.stringContaining('other.db, which is not there'),
    ])
    const second = await serving(['--port', '0', '--log-level', 'error'], {
      folder: place.folder,
      variables: { ...place.variables, ...elsewhere },
    })
    const lines = text.trim().split('\n').length - 1
    expect(await printed(['sessions', 'import', file], elsewhere)).toEqual({
      imported: lines,
      present: 0,
      expired: 0,
      ended: 0,
    })
    expect(await printed(['sessions', 'import', file], elsewhere)).toEqual({
      imported: 0,
      present: lines,
      expired: 0,
      ended: 0,
    })
    const app = testClient({ url: second.url })
    const told = await app.ask('POST', '/session/refresh', { json: { refreshToken } })
    expect([told.status, (told.json()['session'] as { id: string }).id]).toEqual([200, id])
    app.close()
    await second.end('SIGTERM')
  })

  it.each([
    ['', 'Line 1 is not'],
    ['nonsense\n', 'Line 1 is not'],
    [
      '{"sojourn":"sessions","version":1,"issuer":"https://other.example","environment":"development","exportedAt":""}\n',
      'worth nothing here',
    ],
    [
      `{"sojourn":"sessions","version":1,"issuer":"${issuer}","environment":"development","exportedAt":""}\n{"id":"x"}\n`,
      'Line 2 is not',
    ],
  ])('imports nothing of %.30j', async (text, said) => {
    const file = join(place.folder, 'bad.jsonl')
    writeFileSync(file, text)
    const { status, stderr } = await sojourn(['sessions', 'import', file])
    expect([status, stderr]).toEqual([1, expect.stringContaining(said)])
  })
})

describe('sojourn sweep, keys and migrate', () => {
  it('count what has expired, and remove it', async () => {
    const file = join(place.folder, 'old.jsonl')
    const head = `{"sojourn":"sessions","version":1,"issuer":"${issuer}","environment":"development","exportedAt":""}`
    writeFileSync(
      file,
      `${head}\n{"id":"old-0001abcd","owner":"old-0001owner","version":1,"expiresAt":5,"state":"{}"}\n`,
    )
    expect(await printed(['sessions', 'import', file])).toEqual({
      imported: 0,
      present: 0,
      expired: 1,
      ended: 0,
    })
    expect(await printed(['sweep', '--dry-run'])).toEqual({ removed: 0, expired: 0 })
    expect(await printed(['sweep'])).toEqual({ removed: 0, expired: 0 })
    expect((await sojourn(['sweep'])).stderr).toBe('Removed 0.\n')
  })

  it('show the signing keys, and bring the next', async () => {
    const phases = async (args: readonly string[]): Promise<unknown> =>
      ((await printed(['keys', ...args])) as { phase: string }[]).map(({ phase }) => phase)
    expect(await phases(['list'])).toEqual(['active'])
    expect(await phases(['rotate'])).toEqual(['active', 'next'])
    expect((await sojourn(['keys', 'rotate', '--at-once'])).status).toBe(2)
    expect(await phases(['rotate', '--at-once', '--yes'])).toEqual(['active'])
    const { stdout } = await sojourn(['keys', 'list'])
    expect(stdout).toMatch(/^KEY +ALGORITHM +PHASE/)
  })

  it('bring the schema up to date', async () => {
    expect(await printed(['migrate'])).toEqual({
      store: expect.stringContaining('sessions.db'),
      isUpToDate: true,
    })
  })
})

describe('a command on the store', () => {
  it.each([
    [{ SOJOURN_STORE: 'memory:' }, 'in the memory of the server'],
    [{ SOJOURN_STORE: 'sqlite:typo.db' }, 'which is not there'],
    [{ SOJOURN_SECRETS: '' }, 'there are no secrets'],
    [{ SOJOURN_ISSUER: 'nonsense' }, 'SOJOURN_ISSUER is not an http(s) URL'],
  ])('says of %j what is wrong, and makes nothing: status 2', async (more, said) => {
    const { status, stdout, stderr } = await sojourn(['sessions', 'list'], more)
    expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining(said)])
    expect(existsSync(join(place.folder, 'typo.db'))).toBe(false)
  })

  it('has help of its own', async () => {
    for (const args of [
      ['sessions', 'list'],
      ['sweep'],
      ['keys', 'rotate'],
      ['apikeys', 'create'],
      ['migrate'],
      ['config'],
    ]) {
      const { status, stdout } = await sojourn([...args, '--help'])
      expect([status, stdout]).toEqual([0, expect.stringContaining(`Usage: sojourn ${args.join(' ')}`)])
    }
  })
})

describe('sojourn config', () => {
  it('shows what is in force and who said so, and no secret', async () => {
    const url = 'postgres://user:hunter2@db.example/app?password=hunter2'
    const { stdout, status } = await sojourn(['config', '--port', '4000', '--json'], { SOJOURN_STORE: url })
    expect(status).toBe(0)
    const lines = JSON.parse(stdout) as { name: string; value: string; from: string }[]
    const line = (name: string): unknown => lines.find((one) => one.name === name)
    expect(line('port')).toEqual({ name: 'port', value: '4000', from: '--port' })
    expect(line('issuer')).toEqual({ name: 'issuer', value: issuer, from: 'SOJOURN_ISSUER' })
    expect(line('overlap')).toMatchObject({ from: 'default' })
    expect(line('secrets')).toEqual({ name: 'secrets', value: '(hidden)', from: 'SOJOURN_SECRETS' })
    for (const hidden of ['hunter2', secret, apiKey]) expect(stdout).not.toContain(hidden)
  })

  it('shows the settings also when they cannot be used, and says why: status 2', async () => {
    const { stdout, stderr, status } = await sojourn(['config'], { SOJOURN_PORT: 'x' })
    expect([status, stderr]).toEqual([2, expect.stringContaining('SOJOURN_PORT is "x"')])
    expect(stdout).toMatch(/^port +x +SOJOURN_PORT$/m)
  })
})
