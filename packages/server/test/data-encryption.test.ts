// Data encrypted at rest, by the server and its commands: what lies in the file, what is moved, and how a secret is replaced.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { newSecret } from '../src/credentials-file.ts'
import type { Ended } from './support/command.ts'
import { serverOnFile, type ServerOnFile } from './support/server-on-file.ts'
import { apiKey, secret } from './support/server.ts'

const [older, newer] = [newSecret(), newSecret()]
const planted = 'sunflower-in-the-basket'
let place: ServerOnFile
let id: string
let refreshToken: string

beforeAll(async () => {
  place = await serverOnFile({ more: { SOJOURN_DATA_SECRETS: older } })
  const told = await place.client.ask('POST', '/v1/sessions', {
    json: { subject: 'ada', profile: 'bearer', data: { basket: [planted] } },
    headers: { authorization: `Bearer ${apiKey}`, 'sec-fetch-site': undefined },
  })
  const body = told.json() as { session: { id: string }; refreshToken: string }
  id = body.session.id
  refreshToken = body.refreshToken
})
afterAll(() => place.remove())

const sojourn = (args: readonly string[], more?: Record<string, string>): Promise<Ended> =>
  place.command(args, more)

const bytesOf = (name: string): string => readFileSync(join(place.folder, name), 'latin1')

describe('a server with SOJOURN_DATA_SECRETS', () => {
  it('leaves no data in its files, and shows it to whoever has the secret', async () => {
    const bytes = bytesOf('sessions.db') + bytesOf('sessions.db-wal')
    expect(bytes).toContain(id)
    expect(bytes).not.toContain(planted)
    const shown = await sojourn(['sessions', 'show', id])
    expect([shown.status, shown.stdout]).toEqual([0, expect.stringContaining(planted)])
    const other = await sojourn(['sessions', 'show', id], { SOJOURN_DATA_SECRETS: newSecret() })
    expect([other.status, other.stdout]).toEqual([1, ''])
    expect(other.stderr).toContain('cannot be decrypted')
    const off = await sojourn(['sessions', 'show', id], { SOJOURN_DATA_SECRETS: '' })
    expect([off.status, off.stdout]).toEqual([1, ''])
  })

  it('exports ciphertext with its wrapped keys, which another store opens with the same secret', async () => {
    const file = join(place.folder, 'all.jsonl')
    expect((await sojourn(['sessions', 'export', file])).status).toBe(0)
    expect(readFileSync(file, 'utf8')).toContain(id)
    expect(readFileSync(file, 'utf8')).toContain('data keys')
    expect(readFileSync(file, 'utf8')).not.toContain(planted)
    const elsewhere = { SOJOURN_STORE: 'sqlite:other.db', SOJOURN_AUDIT: 'off' }
    writeFileSync(join(place.folder, 'other.db'), '')
    expect((await sojourn(['sessions', 'import', file], elsewhere)).status).toBe(0)
    expect((await sojourn(['sessions', 'show', id], elsewhere)).stdout).toContain(planted)
    // Another environment has other keys, also with the same secrets.
    const staging = { ...elsewhere, SOJOURN_ENVIRONMENT: 'staging' }
    expect((await sojourn(['sessions', 'show', id], staging)).stdout).not.toContain(planted)
  })

  it('has its secret replaced while it runs', async () => {
    const both = { SOJOURN_DATA_SECRETS: `${newer},${older}` }
    const renewed = await sojourn(['data-keys', 'renew', '--json'], both)
    expect([renewed.status, JSON.parse(renewed.stdout)]).toEqual([
      0,
      { rewrapped: 1, resealed: 0, unreadable: 0 },
    ])
    const after = { SOJOURN_DATA_SECRETS: newer }
    expect((await sojourn(['sessions', 'show', id], after)).stdout).toContain(planted)
    expect(await sojourn(['data-keys', 'rotate', 'ada'], after)).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('There is a new key') as string,
    })
    expect(await sojourn(['data-keys', 'renew'], after)).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('sessions encrypted anew: 1, unreadable: 0') as string,
    })
    // With the old secret alone nothing is opened any more, and that is said.
    expect(await sojourn(['data-keys', 'renew'])).toMatchObject({ status: 1 })
    const none = await sojourn(['data-keys', 'renew'], { SOJOURN_DATA_SECRETS: '' })
    expect([none.status, none.stderr]).toEqual([
      2,
      expect.stringContaining('SOJOURN_DATA_SECRETS is missing'),
    ])
  })

  it('names the key of somebody in their export, and not the key', async () => {
    const after = { SOJOURN_DATA_SECRETS: newer }
    const { stdout } = await sojourn(['subjects', 'export', 'ada'], after)
    const { others } = JSON.parse(stdout) as { readonly others: readonly Record<string, unknown>[] }
    const keys = others.filter(({ kind }) => kind === 'data_key')
    const instant = expect.stringMatching(/^\d{4}-.*Z$/) as unknown
    const shown = {
      kind: 'data_key',
      keyId: expect.stringMatching(/^[\w-]{8}$/) as unknown,
      createdAt: instant,
      keptUntil: instant,
    }
    // The one from the rotation, and the one before it.
    expect(keys).toEqual([shown, shown])
    const sealed = /\["[\w-]{8}",\d+,"[^"]+","([^"]+)"/g
    const lines = (await sojourn(['sessions', 'export'], after)).stdout.replaceAll(String.raw`\"`, '"')
    const wrapped = [...lines.matchAll(sealed)].map(([, text]) => text ?? '')
    expect(wrapped).toHaveLength(2)
    for (const text of wrapped) expect(stdout).not.toContain(text)
  })

  it('drops the key of somebody, who is signed out by it, and says who did it', async () => {
    const after = { SOJOURN_DATA_SECRETS: newer }
    const { client } = place
    const signIn = await client.ask('POST', '/v1/sessions', {
      json: { subject: 'grace', profile: 'bearer', data: { basket: [planted] } },
      headers: { authorization: `Bearer ${apiKey}`, 'sec-fetch-site': undefined },
    })
    const grace = String(signIn.json()['refreshToken'])
    const asked = await sojourn(['data-keys', 'drop', 'grace'])
    expect([asked.status, asked.stderr]).toEqual([2, expect.stringContaining('--yes')])
    const drop = async (): Promise<unknown> => {
      const { status, stdout } = await sojourn(['data-keys', 'drop', 'grace', '--yes', '--json'], after)
      return [status, JSON.parse(stdout)]
    }
    expect(await drop()).toEqual([0, { hadKey: true, sessions: 1 }])
    expect(await drop()).toEqual([0, { hadKey: false, sessions: 0 }])
    const refreshed = await client.ask('POST', '/session/refresh', { json: { refreshToken: grace } })
    expect([refreshed.status, refreshed.json()]).toMatchObject([401, { reason: 'erased' }])
    const { stdout } = await sojourn(['audit', 'tail', '--type', 'session.ended', '--json'], after)
    expect(stdout).toContain('"reason":"erased"')
    expect(stdout).toContain('"kind":"command"')
    const none = await sojourn(['data-keys', 'drop', 'grace', '--yes'], { SOJOURN_DATA_SECRETS: '' })
    expect([none.status, none.stderr]).toEqual([
      2,
      expect.stringContaining('SOJOURN_DATA_SECRETS is missing'),
    ])
  })

  it('forgets a person with the key of their data', async () => {
    const after = { SOJOURN_DATA_SECRETS: newer }
    expect((await sojourn(['subjects', 'erase', 'ada', '--yes'], after)).status).toBe(0)
    expect((await place.client.ask('POST', '/session/refresh', { json: { refreshToken } })).status).toBe(401)
    const exported = await sojourn(['sessions', 'export'], after)
    expect(exported.stdout).toContain('"sojourn":"sessions"')
    expect(exported.stdout).not.toContain('data keys')
  })
})

describe('the settings of encryption', () => {
  it('are hidden, held to the same rules as other secrets, and never the same', async () => {
    const shown = await sojourn(['config'])
    expect(shown.stdout).toMatch(/dataSecrets +\(hidden\)/)
    expect(shown.stdout + shown.stderr).not.toContain(older)
    const faultsWith = async (more: Record<string, string>): Promise<string> =>
      (await sojourn(['config'], more)).stderr
    expect(await faultsWith({ SOJOURN_DATA_SECRETS: 'short' })).toContain(
      'SOJOURN_DATA_SECRETS[0] has 5 characters',
    )
    expect(await faultsWith({ SOJOURN_DATA_SECRETS: secret })).toContain(
      'SOJOURN_DATA_SECRETS[0] is one of secrets',
    )
    const alone = { SOJOURN_DATA_SECRETS: '', SOJOURN_PLAIN_DATA: 'refuse' }
    expect(await faultsWith(alone)).toContain('SOJOURN_PLAIN_DATA is refuse, but nothing is encrypted')
  })
})
