import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

async function signIn(subject: string, more: object = {}): Promise<string> {
  const { session } = (await server.backend('POST', '/v1/sessions', { json: { subject, ...more } })).json()
  return (session as { id: string }).id
}

async function list(query: string): Promise<{ ids: string[]; next: string | null }> {
  const told = await server.backend('GET', `/v1/sessions?${query}`)
  expect([told.status, told.text]).toEqual([200, expect.any(String)])
  const { items, next } = told.json() as { items: { id: string }[]; next: string | null }
  return { ids: items.map(({ id }) => id), next }
}

describe('GET /v1/sessions', () => {
  it('lists the live sessions of a subject and of nobody else', async () => {
    const ids = [await signIn('list-ada'), await signIn('list-ada')]
    await signIn('list-grace')
    const ended = await signIn('list-ada')
    await server.backend('DELETE', `/v1/sessions/${ended}`)
    const listed = await list('subject=list-ada')
    expect(listed.ids.toSorted()).toEqual(ids.toSorted())
    expect(listed.next).toBeNull()
    expect(await list('subject=nobody')).toEqual({ ids: [], next: null })
  })

  it('shows no data and no secret', async () => {
    await signIn('list-quiet', { data: { note: 'not for others' } })
    const { text } = await server.backend('GET', '/v1/sessions?subject=list-quiet')
    expect(text).not.toMatch(/not for others|generation|secret|mac/)
  })

  // The tenant was ignored, so that one tenant's list showed the sessions of all.
  it('keeps to a tenant when one is named', async () => {
    const acme = await signIn('list-two', { tenant: 'acme' })
    await signIn('list-two', { tenant: 'globex' })
    expect((await list('subject=list-two&tenant=acme')).ids).toEqual([acme])
    expect((await list('subject=list-two&tenant=other')).ids).toEqual([])
  })

  it('comes in pages, in which nothing is missing and nothing is seen twice while sessions end', async () => {
    const ids = new Set<string>()
    for (let count = 0; count < 7; count++) ids.add(await signIn('list-pages'))
    const first = await list('subject=list-pages&limit=3')
    await server.backend('DELETE', `/v1/sessions/${first.ids.at(-1)}`)
    const second = await list(`subject=list-pages&limit=3&cursor=${first.next}`)
    const third = await list(`subject=list-pages&limit=3&cursor=${second.next}`)
    expect([first.ids.length, second.ids.length, third.ids.length]).toEqual([3, 3, 1])
    expect(new Set([...first.ids, ...second.ids, ...third.ids])).toEqual(ids)
    expect(third.next).toBeNull()
  })

  it.each([
    '',
    'subject=',
    'subject=a&limit=0',
    'subject=a&limit=101',
    'subject=a&limit=ten',
    'limit=1',
    'subject=a&subject=b',
    'subject=a&tennant=acme',
    'tenant=',
    `tenant=${'x'.repeat(256)}`,
  ])('?%s is refused with 400', async (query) => {
    const told = await server.backend('GET', `/v1/sessions?${query}`)
    expect([told.status, told.json()['code']]).toEqual([400, 'request_malformed'])
  })
})

describe('GET /v1/sessions?tenant=', () => {
  it('reads a whole tenant, page by page, with nobody else in it', async () => {
    const ids = new Set<string>()
    for (let count = 0; count < 5; count++) ids.add(await signIn(`tenant-${count}`, { tenant: 'initech' }))
    await signIn('tenant-0', { tenant: 'hooli' })
    const seen: string[] = []
    let cursor = ''
    do {
      const page = await list(`tenant=initech&limit=2${cursor}`)
      seen.push(...page.ids)
      cursor = page.next === null ? '' : `&cursor=${page.next}`
    } while (cursor !== '')
    expect(seen.toSorted()).toEqual([...ids].toSorted())
    expect(await list('tenant=nobody')).toEqual({ ids: [], next: null })
  })
})

describe('GET /v1/sessions/{id}', () => {
  it('shows a session with its data', async () => {
    const id = await signIn('ada', { data: { cart: ['book'] } })
    const told = await server.backend('GET', `/v1/sessions/${id}`)
    expect(told.status).toBe(200)
    expect(told.headers['cache-control']).toBe('no-store')
    expect(told.json()['session']).toMatchObject({ id, subject: 'ada', data: { cart: ['book'] }, version: 1 })
  })

  it.each([
    'unknown',
    '__proto__',
    'constructor',
    '%00',
    "'%20OR%201=1--",
    '*',
    '..%2f..',
    'a'.repeat(4000),
    '%E0%A4%A',
  ])('%.20s is 404 and nothing else', async (id) => {
    const told = await server.backend('GET', `/v1/sessions/${id}`)
    expect([told.status, told.json()['code']]).toEqual([404, 'not_found'])
  })
})

describe('DELETE /v1/sessions/{id}', () => {
  it('ends a session, and answers the same when it had ended', async () => {
    const id = await signIn('ada')
    for (let time = 0; time < 3; time++) {
      const told = await server.backend('DELETE', `/v1/sessions/${id}`)
      expect([told.status, told.text]).toEqual([204, ''])
    }
    expect((await server.backend('GET', `/v1/sessions/${id}`)).status).toBe(404)
    expect((await server.backend('DELETE', '/v1/sessions/never-was')).status).toBe(204)
  })

  it('R15 ends the access tokens of the session with it', async () => {
    const json = { subject: 'ada', profile: 'bearer' }
    const { accessToken, session } = (await server.backend('POST', '/v1/sessions', { json })).json()
    const app = server.client()
    const headers = { authorization: `Bearer ${String(accessToken)}` }
    expect((await app.ask('GET', '/session', { headers })).status).toBe(200)
    await server.backend('DELETE', `/v1/sessions/${(session as { id: string }).id}`)
    expect((await app.ask('GET', '/session', { headers })).status).toBe(401)
  })
})

describe('DELETE /v1/subjects/{subject}/sessions', () => {
  it('R16 signs a subject out everywhere, and nobody else', async () => {
    await Promise.all([signIn('end-ada'), signIn('end-ada'), signIn('end-ada')])
    const other = await signIn('end-grace')
    const told = await server.backend('DELETE', '/v1/subjects/end-ada/sessions')
    expect([told.status, told.json()]).toEqual([200, { revoked: 3 }])
    expect((await list('subject=end-ada')).ids).toEqual([])
    expect((await list('subject=end-grace')).ids).toEqual([other])
    expect((await server.backend('DELETE', '/v1/subjects/end-ada/sessions')).json()).toEqual({ revoked: 0 })
  })

  it('R17 keeps the one that it is told to', async () => {
    const [kept] = await Promise.all([signIn('keep-ada'), signIn('keep-ada'), signIn('keep-ada')])
    const told = await server.backend('DELETE', `/v1/subjects/keep-ada/sessions?except=${kept}`)
    expect(told.json()).toEqual({ revoked: 2 })
    expect((await list('subject=keep-ada')).ids).toEqual([kept])
  })

  // `exept` was ignored, and the one session that was to be spared ended with the others.
  it('ends nothing when a parameter is misspelt', async () => {
    const id = await signIn('typo-ada')
    const told = await server.backend('DELETE', `/v1/subjects/typo-ada/sessions?exept=${id}`)
    expect([told.status, told.json()['detail']]).toEqual([400, 'there is no parameter "exept".'])
    expect((await list('subject=typo-ada')).ids).toEqual([id])
  })

  it.each([
    'a/b',
    '100%',
    '100%25',
    'ada lovelace',
    'ä€😀',
    'a?b#c',
    "a'--",
    '*',
    'a+b',
    'https://idp.example/u/1',
  ])('R211 the subject %s is taken to the letter', async (subject) => {
    const id = await signIn(subject)
    const written = encodeURIComponent(subject)
    expect((await list(`subject=${written}`)).ids).toEqual([id])
    const told = await server.backend('DELETE', `/v1/subjects/${written}/sessions`)
    expect([told.status, told.text]).toEqual([200, '{"revoked":1}'])
  })
})
