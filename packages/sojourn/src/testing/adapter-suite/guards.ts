// What a route demands of its caller, and what it says to those who do not have it.

import assert from 'node:assert/strict'

import { answered, challengeOf, names, refused } from './checks.ts'
import type { Story } from './story.ts'

export const guards: readonly Story[] = [
  {
    title: 'R141: a guarded route asks a visitor to sign in, without calling anything an error',
    async tell({ browser }) {
      const told = await refused(browser().ask('GET', '/me'), 'sign_in_required')
      assert.equal(told.headers['www-authenticate'], 'Bearer')
      await refused(browser().ask('POST', '/change'), 'sign_in_required')
    },
  },
  {
    title: 'a role that is missing is a 403, one that is there in role or roles is enough',
    async tell({ signedIn }) {
      const user = await signedIn({ claims: { role: 'user' } })
      const told = await refused(user.ask('DELETE', '/account'), 'forbidden')
      assert.equal(told.headers['www-authenticate'], undefined)
      for (const claims of [{ role: 'admin' }, { roles: ['user', 'owner'] }]) {
        await answered((await signedIn({ subject: 'bob', claims })).ask('DELETE', '/account'))
      }
      for (const claims of [
        {},
        { role: ['admin', 1], roles: { admin: true } },
        { role: 'Admin' },
        { roles: 'adminowner' },
      ]) {
        const client = await signedIn({ subject: 'carol', claims })
        const isAdmin = Array.isArray((claims as { role?: unknown }).role)
        if (isAdmin) await answered(client.ask('DELETE', '/account'))
        else await refused(client.ask('DELETE', '/account'), 'forbidden')
      }
    },
  },
  {
    title:
      'R12: a sign-in that is too long ago is a challenge to sign in again (RFC 9470), and a new one settles it',
    async tell({ signedIn, clock }) {
      const client = await signedIn({ claims: { role: 'admin' } })
      clock.pass('299s')
      await answered(client.ask('DELETE', '/account'))
      clock.pass('1s')
      const told = await refused(client.ask('DELETE', '/account'), 'fresh_sign_in_required')
      assert.deepEqual(challengeOf(told), {
        error: 'insufficient_user_authentication',
        error_description: 'Confirm that it is you',
        max_age: '300',
      })
      await answered(client.ask('GET', '/me'))
      await answered(client.ask('POST', '/step-up'))
      await answered(client.ask('DELETE', '/account'))
    },
  },
  {
    title: 'R142: a token that is no good is named as the reason',
    async tell({ browser }) {
      const client = browser()
      const headers = { authorization: 'Bearer abc.def.ghi' }
      assert.equal(
        challengeOf(await refused(client.ask('GET', '/me', { headers }), 'token_rejected'))['error'],
        'invalid_token',
      )
      client.cookies.set(names.session, `sj_${'A'.repeat(68)}`)
      assert.equal(
        challengeOf(await refused(client.ask('GET', '/me'), 'token_malformed'))['error'],
        'invalid_token',
      )
    },
  },
  {
    title:
      'an error that a route throws is answered: ours as a problem document, others as a 500 without details',
    async tell({ signedIn }) {
      const client = await signedIn()
      assert.equal((await refused(client.ask('GET', '/boom'), 'session_limit')).json()['most'], 3)
      const crash = await client.ask('GET', '/crash')
      assert.equal(crash.status, 500)
      assert.doesNotMatch(crash.text, /hunter2|password|\.ts/)
      await answered(client.ask('GET', '/me'))
    },
  },
  {
    title: 'P23: changed claims are in force on the next request',
    async tell({ signedIn, sojourn }) {
      const client = await signedIn({ claims: { role: 'user' } })
      const { id } = (await answered(client.ask('GET', '/me'))).json()
      await sojourn.update(String(id), (claims) => ({ ...claims, role: 'admin' }))
      assert.deepEqual((await answered(client.ask('GET', '/me'))).json()['claims'], { role: 'admin' })
      await answered(client.ask('DELETE', '/account'))
    },
  },
]
