import type { Told } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startServer, type TestServer } from '../support/server.ts'
import { signInApp, type SignedIn } from '../support/sign-in.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const signIn = (more: object = {}): Promise<SignedIn> => signInApp(server, more)

function change(id: string, patch: unknown, headers: Record<string, string> = {}): Promise<Told> {
  return server.backend('PATCH', `/v1/sessions/${id}`, {
    body: typeof patch === 'string' ? patch : JSON.stringify(patch),
    headers: { 'content-type': 'application/merge-patch+json', ...headers },
  })
}

async function statusWith(accessToken: string): Promise<number> {
  const headers = { authorization: `Bearer ${accessToken}` }
  return (await server.client().ask('GET', '/session', { headers })).status
}

describe('PATCH /v1/sessions/{id}', () => {
  it('merges claims and data, and answers with the session as it is now', async () => {
    const { id } = await signIn({ claims: { role: 'user', trial: true }, data: { cart: ['book'], page: 3 } })
    const told = await change(id, { claims: { role: 'admin', trial: null }, data: { page: 4 } })
    expect([told.status, told.headers['etag']]).toEqual([200, '"2"'])
    expect(told.json()['session']).toMatchObject({
      id,
      claims: { role: 'admin' },
      data: { cart: ['book'], page: 4 },
      version: 2,
    })
    const shown = await server.backend('GET', `/v1/sessions/${id}`)
    expect([shown.json(), shown.headers['etag']]).toEqual([told.json(), '"2"'])
  })

  it('P23 takes effect at once: an access token with the old claims is not accepted any more', async () => {
    const { id, accessToken } = await signIn({ claims: { role: 'user' } })
    expect(await statusWith(accessToken)).toBe(200)
    await change(id, { data: { seen: 1 } })
    expect(await statusWith(accessToken)).toBe(200)
    await change(id, { claims: { role: 'banned' } })
    expect(await statusWith(accessToken)).toBe(401)
  })

  it('takes application/json too, and nothing else', async () => {
    const { id } = await signIn()
    const patch = { data: { a: 1 } }
    expect((await change(id, patch, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(200)
    for (const type of ['text/plain', 'application/json-patch+json', 'application/merge-patch+json; x=1']) {
      const told = await change(id, patch, { 'content-type': type })
      expect([told.status, told.json()['code']]).toEqual([415, 'media_type_unsupported'])
    }
  })

  it('R23 changes only what its author has seen, where If-Match says what that was', async () => {
    const { id } = await signIn()
    expect((await change(id, { data: { a: 1 } }, { 'if-match': '"1"' })).status).toBe(200)
    const late = await change(id, { data: { a: 2 } }, { 'if-match': '"1"' })
    expect([late.status, late.json()['code'], late.json()['version']]).toEqual([412, 'version_conflict', 2])
    expect((await change(id, { data: { a: 3 } }, { 'if-match': 'W/"2"' })).status).toBe(412)
    expect((await change(id, { data: { a: 4 } }, { 'if-match': '2' })).status).toBe(400)
    expect((await change(id, { data: { a: 5 } }, { 'if-match': '*' })).status).toBe(200)
    const { session } = (await server.backend('GET', `/v1/sessions/${id}`)).json()
    expect(session).toMatchObject({ data: { a: 5 } })
  })

  it('R23 loses none of many simultaneous changes', async () => {
    const { id } = await signIn()
    const names = Array.from({ length: 20 }, (_, index) => `n${index}`)
    await Promise.all(names.map((name) => change(id, { data: { [name]: 1 } })))
    const { session } = (await server.backend('GET', `/v1/sessions/${id}`)).json() as {
      session: { data: object }
    }
    expect(Object.keys(session.data).toSorted()).toEqual(names.toSorted())
  })

  it.each([
    ['{"claims":[]}', 422, 'members_unknown'],
    ['{"claims":"x"}', 422, 'members_unknown'],
    ['{"subject":"grace"}', 422, 'members_unknown'],
    ['{"data":{"__proto__":{"a":1}}}', 422, 'claims_invalid'],
    ['{"claims":{"sub":"root"}}', 422, 'claims_invalid'],
    [`{"data":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`, 422, 'claims_invalid'],
    ['[]', 400, 'body_malformed'],
    ['null', 400, 'body_malformed'],
  ])('%.30s is refused with %d %s', async (body, status, code) => {
    const { id } = await signIn()
    const told = await change(id, body)
    expect([told.status, told.json()['code']]).toEqual([status, code])
  })

  it('is 404 where there is no live session', async () => {
    const { id } = await signIn()
    await server.backend('DELETE', `/v1/sessions/${id}`)
    for (const one of [id, 'nobody']) {
      const told = await change(one, { data: { a: 1 } })
      expect([told.status, told.json()['code']]).toEqual([404, 'not_found'])
    }
  })
})

describe('POST /v1/sessions/{id}/step-up', () => {
  const stepUp = (id: string, json: unknown): Promise<Told> =>
    server.backend('POST', `/v1/sessions/${id}/step-up`, { json })

  it('raises the session of whoever shows its token: the id stays, all else is new', async () => {
    const { id, refreshToken } = await signIn({ amr: ['pwd'] })
    const told = await stepUp(id, { refreshToken, amr: ['otp'], acr: 'urn:acr:2' })
    expect(told.status).toBe(200)
    const { session, refreshToken: next, accessToken } = told.json()
    expect(session).toMatchObject({ id, amr: ['pwd', 'otp'], acr: 'urn:acr:2' })
    expect(next).not.toBe(refreshToken)
    expect(await statusWith(String(accessToken))).toBe(200)
  })

  it('exchanges no earlier generation for the better credentials', async () => {
    const { id, refreshToken } = await signIn({ amr: ['pwd'] })
    expect((await stepUp(id, { refreshToken, amr: ['otp'] })).status).toBe(200)
    const told = await server.client().ask('POST', '/session/refresh', { json: { refreshToken } })
    expect([told.status, told.json()['code']]).toEqual([401, 'session_superseded'])
    expect((await server.backend('GET', `/v1/sessions/${id}`)).status).toBe(200)
  })

  it('gives a browser new cookies', async () => {
    const { id, refreshToken } = await signIn({ profile: 'cookie' })
    const { setCookie } = (await stepUp(id, { refreshToken, amr: ['hwk'] })).json()
    expect(setCookie).toHaveLength(2)
  })

  it('is nothing for the token of another session, which it leaves alone', async () => {
    const [one, other] = [await signIn(), await signIn()]
    const told = await stepUp(one.id, { refreshToken: other.refreshToken, amr: ['otp'] })
    expect([told.status, told.json()['code']]).toEqual([404, 'not_found'])
    const { session } = (await server.backend('GET', `/v1/sessions/${other.id}`)).json()
    expect(session).toMatchObject({ amr: [], version: 1 })
  })

  it('refuses a token that is none, and one whose session has ended', async () => {
    const { id, refreshToken } = await signIn()
    const forged = await stepUp(id, { refreshToken: 'sj_nope', amr: ['otp'] })
    expect([forged.status, forged.json()['code']]).toEqual([401, 'token_malformed'])
    await server.backend('DELETE', `/v1/sessions/${id}`)
    const ended = await stepUp(id, { refreshToken, amr: ['otp'] })
    expect([ended.status, ended.json()['code']]).toEqual([401, 'session_unknown'])
  })

  it.each([
    [{}, 'refreshToken: is missing'],
    [{ refreshToken: 'x' }, 'amr: is missing'],
    [{ refreshToken: 'x', amr: [] }, 'amr: must name at least one method'],
    [{ refreshToken: 1, amr: ['otp'] }, 'refreshToken: '],
    [{ refreshToken: 'x', amr: ['otp'], acr: '' }, 'acr: '],
  ])('%j is refused with 422', async (json, detail) => {
    const told = await stepUp('some-id', json)
    expect([told.status, told.json()['code']]).toEqual([422, 'members_unknown'])
    expect(told.json()['detail']).toContain(detail)
  })
})
