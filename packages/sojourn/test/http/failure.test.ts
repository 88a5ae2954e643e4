import { describe, expect, it } from 'vitest'
import { onScene } from './support/serve.ts'

describe('a request that fails for our fault', () => {
  it('R148: tells the client nothing of the cause, and the listeners enough to find it, without our tokens', () =>
    onScene(
      {
        listener: (_request, _response, { carried }) => {
          throw new Error(`cannot print ${carried.session} for ${carried.access}`)
        },
      },
      async ({ signedIn, told }) => {
        const client = await signedIn()
        const answer = await client.ask('GET', '/broken')
        expect(answer.status).toBe(500)
        expect(answer.text).not.toContain('print')
        expect(told('request.failed')).toMatchObject([
          { level: 'critical', code: 'internal', error: 'Error: cannot print sj_… for eyJ…' },
        ])
      },
    ))

  it('R207: is told as an outage when the store does not answer', () =>
    onScene({}, async ({ signedIn, store, told, clock }) => {
      const client = await signedIn()
      Object.assign(store, { find: () => Promise.reject(new Error('ECONNREFUSED')) })
      clock.pass('6m')
      const answer = await client.ask('GET', '/anything')
      expect(answer.status).toBe(503)
      expect(told('request.failed')).toMatchObject([
        { level: 'warning', code: 'store_unavailable', error: 'Error: ECONNREFUSED' },
      ])
    }))
})
