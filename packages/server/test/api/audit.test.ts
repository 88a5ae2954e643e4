import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { storedApiKeys } from '../../src/apikeys/stored-api-keys.ts'
import { apiKey, issuer, startServer, temporaryFolder, type TestServer } from '../support/server.ts'

const folder = temporaryFolder()
const said = { store: `sqlite:${join(folder.path, 'sojourn.db')}`, home: folder.path }
let server: TestServer
beforeAll(async () => {
  server = await startServer({ said })
})
afterAll(async () => {
  await server.stop()
  folder.remove()
})

interface Page {
  readonly items: readonly Readonly<Record<string, unknown>>[]
  readonly next: string | null
}

async function read(query = ''): Promise<Page> {
  const told = await server.backend('GET', `/v1/audit${query}`)
  expect([told.status, told.text]).toEqual([200, expect.any(String)])
  return told.json() as unknown as Page
}

async function verify(query = ''): Promise<Readonly<Record<string, unknown>>> {
  const told = await server.backend('GET', `/v1/audit/verify${query}`)
  expect([told.status, told.text]).toEqual([200, expect.any(String)])
  return told.json()
}

async function signIn(subject: string): Promise<{ readonly id: string; readonly refreshToken: string }> {
  const json = { subject, profile: 'bearer', device: { userAgent: 'Robot/1', ip: '192.0.2.77' } }
  const told = (await server.backend('POST', '/v1/sessions', { json })).json()
  return { ...(told['session'] as { id: string }), refreshToken: String(told['refreshToken']) }
}

describe('GET /v1/audit', () => {
  it('tells what has happened to a session, newest first, and R201 nothing that signs anybody in', async () => {
    const { id, refreshToken } = await signIn('ada')
    const headers = { 'user-agent': 'Robot/1', 'x-forwarded-for': '192.0.2.77' }
    await server.client().ask('POST', '/session/refresh', { json: { refreshToken }, headers })
    await server.backend('DELETE', `/v1/sessions/${id}`)
    const { items, next } = await read(`?session=${id}`)
    expect(items.map(({ type }) => type)).toEqual(['session.ended', 'session.refreshed', 'session.created'])
    expect(next).toBe(null)
    expect(items[0]).toMatchObject({ reason: 'revoked', subject: 'ada', at: expect.stringMatching(/Z$/) })
    expect(items[2]).toMatchObject({ device: { ip: '192.0.2.0/24', userAgent: 'Robot/1' } })
    expect(JSON.stringify(items)).not.toContain(refreshToken.slice(3, 40))
  })

  it('is narrowed down by subject, type and time, and read page by page', async () => {
    for (const subject of ['grace', 'grace', 'linus']) await signIn(subject)
    const first = await read('?subject=grace&type=session.created&limit=1')
    const second = await read(`?subject=grace&type=session&limit=1&cursor=${first.next}`)
    const [one, other] = [first.items[0], second.items[0]]
    expect([one?.['subject'], other?.['subject'], second.next]).toEqual(['grace', 'grace', null])
    expect(Number(one?.['number'])).toBeGreaterThan(Number(other?.['number']))
    expect((await read(`?subject=grace&since=${String(one?.['at'])}`)).items).toContainEqual(one)
    expect((await read('?subject=grace&since=2100-01-01T00:00:00Z')).items).toEqual([])
  })

  it('writes down that it was read, and by the name of which key, but never the key', async () => {
    const keys = storedApiKeys({
      store: server.store.store,
      issuer,
      environment: 'test',
      clock: Date.now,
    })
    const { key, info } = await keys.create({ role: 'read', name: 'the auditor' })
    await server.backend('GET', '/v1/audit?subject=somebody', { headers: { authorization: `Bearer ${key}` } })
    await read('?subject=another')
    const { items } = await read('?type=audit.read&limit=2')
    expect(items.map(({ by, asked }) => [by, asked])).toEqual([
      ['SOJOURN_API_KEY', '{"subject":"another","limit":101}'],
      [`the auditor (${info.id})`, '{"subject":"somebody","limit":101}'],
    ])
    for (const secret of [apiKey, key]) expect(JSON.stringify(items)).not.toContain(secret)
  })

  it.each(['?since=yesterday', '?cursor=abc', '?limit=1000', '?subject=', '?colour=red'])(
    '%s is refused with a reason',
    async (query) => {
      const told = await server.backend('GET', `/v1/audit${query}`)
      expect([told.status, told.json()['code']]).toEqual([400, 'request_malformed'])
    },
  )
})

describe('GET /v1/sessions/{id}/explain', () => {
  it('tells in plain words what happened to a session, and why it ended', async () => {
    const { id } = await signIn('ada')
    const explain = async (): Promise<unknown> =>
      (await server.backend('GET', `/v1/sessions/${id}/explain`)).json()
    expect(await explain()).toMatchObject({ isLive: true, ended: null, summary: 'It lives.' })
    await server.backend('DELETE', '/v1/subjects/ada/sessions')
    expect(await explain()).toMatchObject({
      sessionId: id,
      subject: 'ada',
      isLive: false,
      summary: expect.stringContaining('The application or an administrator ended it.'),
      ended: { reason: 'revoked', at: expect.stringMatching(/Z$/) },
      story: [
        { text: 'Began for ada, with bearer tokens, from Robot/1 at 192.0.2.0/24.' },
        {
          text: 'Ended. The application or an administrator ended it. It was done with the API key SOJOURN_API_KEY.',
        },
      ],
    })
    expect((await server.backend('GET', '/v1/sessions/nobody/explain')).status).toBe(404)
  })
})

describe('GET /v1/audit/verify', () => {
  it('finds a trail whole, also from a head that was written down', async () => {
    const { ok, head, lines } = await verify()
    const { number, mac } = head as { number: number; mac: string }
    expect([ok, lines]).toEqual([true, number])
    await signIn('ada')
    expect(await verify(`?since=${number}:${mac}`)).toMatchObject({ ok: true, faults: [] })
    expect(await verify(`?since=999999:${mac}`)).toMatchObject({
      ok: false,
      faults: [{ kind: 'cut', upTo: 999999 }],
    })
  })

  it('R203 says which line somebody with the file has changed', async () => {
    await signIn('mallory')
    const [line] = (await read('?subject=mallory')).items
    const database = new DatabaseSync(join(folder.path, 'audit.db'))
    const edit = database.prepare(`UPDATE line SET text = replace(text, ?, ?) WHERE number = ?`)
    edit.run('Robot/1', 'Human/1', Number(line?.['number']))
    expect(await verify()).toMatchObject({
      ok: false,
      faults: [{ kind: 'edited', number: line?.['number'] }],
    })
    edit.run('Human/1', 'Robot/1', Number(line?.['number']))
    database.close()
    expect(await verify()).toMatchObject({ ok: true })
  })
})

describe('the trail of a server', () => {
  it('is written to its end when the server stops, and goes on in the next', async () => {
    await signIn('last-of-all')
    await server.stop()
    server = await startServer({ said })
    expect((await read('?subject=last-of-all')).items).toHaveLength(1)
    expect(await verify()).toMatchObject({ ok: true })
  })

  it('is there in memory, too, and is not where it is off', async () => {
    const [inMemory, without] = [await startServer(), await startServer({ said: { audit: 'off' } })]
    await inMemory.backend('POST', '/v1/sessions', { json: { subject: 'ada' } })
    const told = await inMemory.backend('GET', '/v1/audit?subject=ada')
    expect((told.json() as unknown as Page).items).toHaveLength(1)
    for (const path of ['/v1/audit', '/v1/audit/verify']) {
      const refused = await without.backend('GET', path)
      expect([refused.status, refused.json()['detail']]).toEqual([
        404,
        expect.stringContaining('SOJOURN_AUDIT'),
      ])
    }
    await Promise.all([inMemory.stop(), without.stop()])
  })
})
