import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/http/exchange.ts'
import { guard } from '../../src/http/guard.ts'
import { names, onScene } from './support/serve.ts'
import { codeOf } from './support/view.ts'

describe('a guard', () => {
  it('does not take an anonymous session for somebody who is signed in, unless that will do', () =>
    onScene(
      {
        listener: (request, response, exchange) => {
          guard(request.url === '/basket' ? { anonymous: true } : {})(exchange as Exchange<unknown, unknown>)
          response.end('inside')
        },
      },
      async ({ signedIn }) => {
        const anonymous = await signedIn({})
        expect((await anonymous.ask('GET', '/account')).status).toBe(401)
        expect((await anonymous.ask('GET', '/basket')).text).toBe('inside')
      },
    ))

  it('throws at once for a duration that is none', async () => {
    expect(() => guard({ freshWithin: 'soon' as '5m' })).toThrow(RangeError)
    expect(await codeOf(() => guard()(undefined))).toBe('sign_in_required')
  })
})

describe("a visitor's cookie", () => {
  it('R4 A42: is not adopted when somebody has planted it, and does not live on after the sign-in', () =>
    onScene({ http: { visitors: 'token' } }, async ({ browser, sojourn }) => {
      const client = browser()
      const planted = sojourn.csrf.issue('planted by a sibling host')
      const given = await client.ask('GET', '/session/csrf', {
        headers: { cookie: `${names.visitor}=${planted}` },
      })
      expect(given.cookies.map((line) => line.split('=')[0])).toEqual([names.visitor])
      expect(given.cookies[0]).not.toContain(planted)

      const own = await client.ask('GET', '/session/csrf')
      const { csrfToken } = JSON.parse(own.text) as { csrfToken: string }
      const signIn = `/login?${encodeURIComponent(JSON.stringify({ subject: 'alice' }))}`
      const told = await client.ask('POST', signIn, { headers: { 'x-csrf-token': csrfToken } })
      expect(told.status).toBe(200)
      expect(told.cookies.find((line) => line.startsWith(names.visitor))).toMatch(/Max-Age=0/)
    }))
})
