// What goes wrong for people elsewhere, as journeys of a browser through a whole server.

import { describe, expect, it } from 'vitest'

import { memoryStore } from '../../src/memory.ts'
import type { TestClient } from '../../src/testing/jar.ts'
import { countedStore } from '../support/counted-store.ts'
import { names, onScene } from './support/serve.ts'

const subjectOf = async (client: TestClient): Promise<unknown> =>
  (await client.ask('GET', '/')).json()['subject']

describe('a browser', () => {
  it('P56 P58: stays signed in for a day, with one refresh each time that its access token has run out', () =>
    onScene({}, async ({ signedIn, clock, told }) => {
      const client = await signedIn()
      for (let minutes = 5; minutes < 24 * 60; minutes += 5) {
        clock.pass('5m')
        expect([await subjectOf(client), await subjectOf(client)]).toEqual(['alice', 'alice'])
      }
      expect(told('session.refreshed')).toHaveLength((24 * 60) / 5 - 1)
      expect(told('session.ended')).toEqual([])
    }))

  it('P53: is handed the refreshed cookies with the answer to whatever it had asked for', () =>
    onScene({}, async ({ signedIn, clock, told }) => {
      const client = await signedIn()
      for (const [method, path] of [
        ['GET', '/'],
        ['POST', '/'],
        ['GET', '/session'],
        ['GET', '/session/devices'],
      ] as const) {
        clock.pass('5m')
        const before = client.cookies.get(names.session)
        const answer = await client.ask(method, path)
        expect([answer.status, answer.cookies.length]).toEqual([200, 2])
        expect(client.cookies.get(names.session)).not.toBe(before)
        expect(answer.headers['cache-control']).toContain('no-store')
      }
      expect(told('session.replayed')).toEqual([])
    }))

  it('P58: is refused once, with a reason, and not refreshed in vain when its session is over', () =>
    onScene({}, async ({ signedIn, sojourn, clock, told }) => {
      const client = await signedIn()
      await sojourn.revokeAll('alice')
      clock.pass('5m')
      for (let time = 0; time < 5; time++) {
        const answer = await client.ask('GET', '/session')
        expect([answer.status, answer.json()['code']]).toEqual([401, 'session_unknown'])
      }
      const refused = await client.ask('POST', '/session/refresh')
      expect([refused.status, refused.json()['code']]).toEqual([401, 'session_unknown'])
      expect(told('session.refreshed')).toEqual([])
    }))

  it('A47: whose slow request is answered after the sign-out may get its cookies back, which are worth nothing', () => {
    let answer = (): void => {}
    const isSlow = new Promise<void>((resolve) => (answer = resolve))
    return onScene(
      {
        async listener(request, response, { session }) {
          if (request.url === '/slow') await isSlow
          response.end(JSON.stringify({ subject: session?.subject ?? null }))
        },
      },
      async ({ signedIn, clock, told }) => {
        const client = await signedIn()
        clock.pass('5m')
        const late = client.ask('GET', '/slow')
        while (told('session.refreshed').length === 0) await new Promise((resolve) => setImmediate(resolve))
        expect((await client.ask('POST', '/session/logout')).status).toBe(204)
        expect(client.cookies.size).toBe(0)
        answer()
        await late
        expect(await subjectOf(client)).toBeNull()
        expect((await client.ask('GET', '/session')).status).toBe(401)
      },
    )
  })

  it('A50: keeps nobody signed in by keeping its cookies for longer', () =>
    onScene({}, async ({ signedIn, clock }) => {
      const client = await signedIn({ subject: 'alice', remember: true })
      const kept = [...client.cookies]
      clock.pass('14d')
      for (const [name, value] of kept) client.cookies.set(name, value)
      expect(await subjectOf(client)).toBeNull()
    }))

  it('A59: cannot end somebody else’s session with their public id, or an access token in the place of a session token', () =>
    onScene({}, async ({ signedIn, sojourn }) => {
      const mallory = await signedIn({ subject: 'mallory' })
      const alice = await signedIn()
      const [session] = await sojourn.list('alice')
      for (const forged of [session!.id, `sj_${session!.id}`, alice.cookies.get(names.access)!]) {
        const thief = mallory.copy()
        thief.cookies.set(names.session, forged)
        await thief.ask('POST', '/session/logout')
        await thief.ask('DELETE', `/session/devices/${session!.id}`)
      }
      expect(await subjectOf(alice)).toBe('alice')
      expect(await sojourn.list('alice')).toHaveLength(1)
    }))

  it('A77 R44: whose jar was filled with cookies of other names until ours fell out is a visitor, and no more', () =>
    onScene({}, async ({ signedIn, browser }) => {
      const mallory = await signedIn({ subject: 'mallory' })
      const victim = browser()
      for (const [name, value] of mallory.cookies) {
        for (const planted of [
          name.toLowerCase(),
          name.replace('__Host-Http-', ''),
          name.replace('Http-', ''),
        ])
          victim.cookies.set(planted, value)
      }
      for (let count = 0; count < 180; count++) victim.cookies.set(`filler${count}`, 'x'.repeat(20))
      expect(await subjectOf(victim)).toBeNull()
    }))
})

describe('a sign-in', () => {
  it('R3: sets cookies that do not tell what made them', () =>
    onScene({}, async ({ browser }) => {
      const { cookies } = await browser().ask('POST', '/login?{"subject":"alice"}')
      const set = cookies.map((line) => line.slice(0, line.indexOf('=')))
      expect(set.toSorted((a, b) => a.localeCompare(b))).toEqual([names.access, names.session])
      expect(set.join()).not.toMatch(
        /connect|sid|jsession|phpsess|asp|laravel|express|koa|rack|next|auth|sojourn/i,
      )
    }))

  it('P17: writes the session once, and a request writes nothing but its first use', () => {
    const calls: string[] = []
    const store = countedStore(memoryStore(), calls)
    return onScene({ sojourn: { store } }, async ({ signedIn }) => {
      const client = await signedIn()
      for (let request = 0; request < 10; request++) expect(await subjectOf(client)).toBe('alice')
      expect(calls.filter((call) => !['find', 'list'].includes(call))).toEqual(['insert', 'replace'])
    })
  })

  it('P31: behind a proxy that is not trusted is refused in words, and never without its cookies', () =>
    onScene(
      { http: { trustedProxies: [] }, sojourn: { environment: 'production' } },
      async ({ browser, told }) => {
        const answer = await browser({ host: 'app.example' }).ask('POST', '/login?{"subject":"alice"}')
        expect([answer.status, answer.json()['code']]).toEqual([403, 'https_required'])
        expect(String(answer.json()['detail'])).toMatch(/HTTPS|trustedProxies/)
        expect(told('session.created')).toEqual([])
      },
    ))
})
