// The device cookie through a whole server: by it a browser is known again, and it does nothing else.

import { describe, expect, it } from 'vitest'
import type { HttpOptions } from '../../src/http/options.ts'
import type { TestClient } from '../../src/testing/jar.ts'
import { agents } from '../support/user-agents.ts'
import { onScene, type Scene } from './support/serve.ts'

const name = '__Host-Http-device'
const http: HttpOptions = { deviceCookie: true }

async function signIn(client: TestClient, subject: string): Promise<readonly string[]> {
  const headers = { 'user-agent': agents.firefox }
  const told = await client.ask('POST', `/login?${encodeURIComponent(JSON.stringify({ subject }))}`, {
    headers,
  })
  expect(told.status).toBe(200)
  await client.useCsrfToken()
  return told.cookies
}

const signOut = (client: TestClient): Promise<unknown> =>
  client.ask('POST', '/session/logout', { json: { scope: 'this' } })
const newDevices = ({ told }: Scene): (string | undefined)[] =>
  told('risk.noted').map(({ subject }) => subject)

describe('the device cookie', () => {
  it('P50: tells a browser that its person has used from one that they have not, also after a sign-out and a month', () =>
    onScene({ http }, async (scene) => {
      const browser = scene.browser()
      await signIn(browser, 'alice')
      expect(newDevices(scene)).toEqual(['alice'])
      await signOut(browser)
      scene.clock.pass('30d')
      await signIn(browser, 'alice')
      expect(newDevices(scene)).toEqual(['alice'])
      await signIn(scene.browser(), 'alice')
      expect(newDevices(scene)).toEqual(['alice', 'alice'])
    }))

  it('knows several people of one browser, each for themselves', () =>
    onScene({ http }, async (scene) => {
      const browser = scene.browser()
      for (const subject of ['alice', 'bob', 'alice', 'bob']) {
        await signIn(browser, subject)
        await signOut(browser)
      }
      expect(newDevices(scene)).toEqual(['alice', 'bob'])
    }))

  it('R34 R38: is out of reach of scripts and lasts 400 days; a sign-out leaves it', () =>
    onScene({ http }, async ({ browser }) => {
      const client = browser()
      const line = (await signIn(client, 'alice')).find((cookie) => cookie.startsWith(name))
      expect(line).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax; Max-Age=34560000$/)
      await signOut(client)
      expect([...client.cookies.keys()]).toEqual([name])
    }))

  it('signs nobody in, and is not adopted when somebody else has planted it', () =>
    onScene({ http }, async (scene) => {
      const client = scene.browser()
      await signIn(client, 'alice')
      const stolen = client.cookies.get(name)!
      const other = scene.browser()
      other.cookies.set(name, stolen)
      expect((await other.ask('GET', '/')).json()).toEqual({ subject: null, refusal: null })
      other.cookies.set(name, 'sj_made-up')
      await signIn(other, 'alice')
      expect(newDevices(scene)).toEqual(['alice', 'alice'])
    }))

  it('is not set unless it is asked for, nor for apps', async () => {
    await onScene({}, async ({ browser }) => {
      expect((await signIn(browser(), 'alice')).filter((cookie) => cookie.startsWith(name))).toEqual([])
    })
    await onScene({ http }, async ({ browser }) => {
      const path = `/login?${encodeURIComponent(JSON.stringify({ subject: 'alice', profile: 'bearer' }))}`
      expect((await browser().ask('POST', path)).cookies).toEqual([])
    })
  })

  it('can be overruled by the application: at a registration every device is new, and no news', () =>
    onScene({ http }, async (scene) => {
      const signUp = { subject: 'alice', knownDevice: true }
      await scene.browser().ask('POST', `/login?${encodeURIComponent(JSON.stringify(signUp))}`)
      expect(newDevices(scene)).toEqual([])
    }))
})

describe('R27: a copied cookie', () => {
  it('in another browser, elsewhere, is noted; and ends the session where the application has said so', async () => {
    const replay = async (scene: Scene, userAgent: string): Promise<number> => {
      const client = scene.browser()
      await signIn(client, 'alice')
      scene.clock.pass('5m')
      const thief = client.copy()
      const told = await thief.ask('GET', '/session', {
        headers: { 'user-agent': userAgent, 'x-forwarded-for': '198.51.100.1' },
      })
      return told.status
    }
    await onScene({}, async (scene) => {
      expect(await replay(scene, agents.chrome)).toBe(200)
      expect(scene.told('risk.noted')).toMatchObject([
        { outcome: 'noted', former: { userAgent: agents.firefox } },
      ])
    })
    await onScene({ sojourn: { risk: { endAt: 50 } } }, async (scene) => {
      expect(await replay(scene, agents.chrome)).toBe(401)
      expect(scene.told('session.ended')).toMatchObject([{ reason: 'risk' }])
    })
    await onScene({ sojourn: { risk: { endAt: 50 } } }, async (scene) => {
      expect(await replay(scene, agents.firefox.replaceAll('140.0', '141.0'))).toBe(200)
    })
  })

  it('has lost its freshness where the application has said so: one’s own devices are not ended with it', () =>
    onScene({ sojourn: { risk: { stepUpAt: 50 } } }, async (scene) => {
      const client = scene.browser()
      await signIn(client, 'alice')
      const { session } = await scene.sojourn.create({ subject: 'alice' })
      scene.clock.pass('5m')
      const thief = client.copy()
      await thief.ask('GET', '/session', { headers: { 'user-agent': 'curl/8' } })
      await thief.useCsrfToken()
      const told = await thief.ask('DELETE', `/session/devices/${session.id}`)
      expect([told.status, told.json()['code']]).toEqual([401, 'fresh_sign_in_required'])
    }))
})
