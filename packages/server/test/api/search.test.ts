import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
  for (let number = 0; number < 1200; number++)
    await server.backend('POST', '/v1/sessions', {
      json: {
        subject: `person-${String(number % 400).padStart(3, '0')}`,
        profile: number % 2 === 0 ? 'bearer' : 'cookie',
        tenant: number % 3 === 0 ? 'acme' : 'globex',
        device: { label: `Device ${number}` },
      },
    })
})
afterAll(() => server.stop())

interface Found {
  readonly items: readonly { readonly id: string; readonly subject: string; readonly sessions?: number }[]
  readonly total: number
  readonly complete: boolean
}

async function search(what: string, query = ''): Promise<Found> {
  return (await server.backend('GET', `/v1/search/${what}?${query}`)).json() as unknown as Found
}

describe('looking for sessions among many', () => {
  it('shows each of them once, page by page', async () => {
    const ids: string[] = []
    for (let offset = 0; offset < 1200; offset += 100) {
      const { items, total, complete } = await search('sessions', `sort=subject&offset=${offset}`)
      expect([items.length, total, complete]).toEqual([100, 1200, true])
      ids.push(...items.map(({ id }) => id))
    }
    expect(new Set(ids).size).toBe(1200)
  })

  it('sorts by subject, both ways', async () => {
    const names = async (way: string): Promise<readonly string[]> =>
      (await search('sessions', `sort=subject&direction=${way}&limit=4`)).items.map(({ subject }) => subject)
    expect(await names('ascending')).toEqual(['person-000', 'person-000', 'person-000', 'person-001'])
    expect(await names('descending')).toEqual(['person-399', 'person-399', 'person-399', 'person-398'])
  })

  it('finds parts of what is known of a session, in any case, and narrows by profile and tenant', async () => {
    expect((await search('sessions', 'text=PERSON-07')).total).toBe(30)
    expect((await search('sessions', 'text=device+1199')).items[0]?.subject).toBe('person-399')
    expect((await search('sessions', 'profile=cookie')).total).toBe(600)
    expect((await search('sessions', 'tenant=acme')).total).toBe(400)
    expect((await search('sessions', 'text=nobody')).total).toBe(0)
  })

  it('groups them by subject', async () => {
    const { items, total } = await search('subjects', 'sort=subject&direction=ascending&limit=2')
    expect(total).toBe(400)
    expect(items).toMatchObject([
      { subject: 'person-000', sessions: 3, tenants: ['acme', 'globex'] },
      { subject: 'person-001', sessions: 3, tenants: ['acme', 'globex'] },
    ])
  })

  it('shows none that has ended, however short ago it was read', async () => {
    const { items } = await search('sessions', 'text=person-100')
    const [first] = items
    await server.backend('DELETE', `/v1/sessions/${first?.id}`)
    expect((await search('sessions', 'text=person-100')).total).toBe(2)
  })
})

describe('the history', () => {
  it('has counted what has happened, and what there is', async () => {
    interface Told {
      readonly stepSeconds: number
      readonly items: readonly {
        readonly signIns: number
        readonly ended: number
        readonly live: number | null
      }[]
    }
    const read = async (): Promise<Told> =>
      (await server.backend('GET', '/v1/history')).json() as unknown as Told
    const { stepSeconds, items } = await read()
    const sum = (name: 'signIns' | 'ended'): number => items.reduce((all, one) => all + one[name], 0)
    expect([stepSeconds, sum('signIns'), sum('ended')]).toEqual([15, 1200, 1])
    // The last look may have been in the middle of the sign-ins; the next one is some seconds later.
    const live = async () => (await read()).items.findLast(({ live }) => live !== null)?.live
    await expect.poll(live, { timeout: 120_000, interval: 200 }).toBe(1199)
    const day = (await server.backend('GET', '/v1/history?span=day')).json()
    expect(day['stepSeconds']).toBe(300)
  })
})
