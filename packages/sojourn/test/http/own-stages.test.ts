// Stages of one's own: after those of Sojourn, before the application, and not before the ready-made routes.

import { describe, expect, it } from 'vitest'

import { SojournError } from '../../src/core/errors.ts'
import type { HttpOptions } from '../../src/http/options.ts'
import { onScene } from './support/serve.ts'

const suspended: NonNullable<HttpOptions['stages']>[number] = ({ session }) => {
  if (session?.claims['suspended'] === true)
    throw new SojournError('forbidden', { detail: 'This account is suspended.' })
}

describe('a stage of one’s own', () => {
  it('knows the session, and what it throws is the answer', () =>
    onScene({ http: { stages: [suspended] } }, async ({ browser, signedIn, sojourn }) => {
      expect((await browser().ask('GET', '/')).status).toBe(200)
      const alice = await signedIn()
      expect((await alice.ask('GET', '/')).json()['subject']).toBe('alice')
      const [session] = await sojourn.list('alice')
      await sojourn.update(session!.id, (claims) => ({ ...claims, suspended: true }))
      const told = await alice.ask('GET', '/')
      expect([told.status, told.json()['code'], told.json()['detail']]).toEqual([
        403,
        'forbidden',
        'This account is suspended.',
      ])
    }))

  it('leaves the ready-made routes alone, so that whoever is refused can still sign out', () =>
    onScene({ http: { stages: [suspended] } }, async ({ signedIn, sojourn }) => {
      const alice = await signedIn({ subject: 'alice', claims: { suspended: true } })
      expect((await alice.ask('GET', '/session')).status).toBe(200)
      expect((await alice.ask('POST', '/session/logout')).status).toBe(204)
      expect(await sojourn.list('alice')).toEqual([])
    }))

  it('comes in its turn, is waited for, and is not reached by what an earlier one has refused', () => {
    const seen: string[] = []
    const stages: HttpOptions['stages'] = [
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        seen.push('first')
      },
      ({ view }) => {
        seen.push('second')
        if (view.target === '/closed') throw new SojournError('not_found')
      },
      () => void seen.push('third'),
    ]
    return onScene({ http: { stages } }, async ({ browser }) => {
      const client = browser()
      expect((await client.ask('GET', '/')).status).toBe(200)
      expect((await client.ask('GET', '/closed')).status).toBe(404)
      expect((await client.ask('POST', '/', { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(
        403,
      )
      expect(seen).toEqual(['first', 'second', 'third', 'first', 'second'])
    })
  })

  it('that breaks is our fault, and a 500 that tells nothing', () =>
    onScene(
      { http: { stages: [() => Promise.reject(new Error('the ledger is on fire'))] } },
      async (scene) => {
        const told = await scene.browser().ask('GET', '/')
        expect([told.status, told.text.includes('ledger')]).toEqual([500, false])
        expect(scene.told('request.failed')).toHaveLength(1)
      },
    ))
})
