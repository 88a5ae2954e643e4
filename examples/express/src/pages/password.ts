// A new password. Whoever knew the old one is signed out with it: all sessions but this one end.

import { Router, type Request, type Response } from 'express'
import { signedIn } from 'sojourn/express'

import { html } from '../html.ts'
import { passwordFault, shortestPassword } from '../passwords.ts'
import type { Shop } from '../shop.ts'
import { fault, field, form, input, send } from './layout.ts'

export function passwordPages({ users, passwords }: Shop): Router {
  const router = Router()
  router.use('/account/password', signedIn({ freshWithin: '10m' }))

  router.get('/account/password', (request, response) => show(request, response))

  router.post('/account/password', async (request, response) => {
    const password = field(request, 'password')
    const wrong = passwordFault(password)
    if (wrong !== undefined) return show(request, response, wrong)
    // First the password, then the sessions: nobody signs in with the old one after them.
    users.setPassword(request.sojourn.session?.subject ?? '', await passwords.hash(password))
    await request.sojourn.signOut('others')
    response.redirect(303, '/account?note=password-changed')
  })

  return router
}

function show(request: Request, response: Response, wrong?: string): void {
  const fields = html`
    ${fault(wrong)}
    ${input(
      'New password',
      'password',
      html`type="password" autocomplete="new-password" required minlength="${shortestPassword}"
      maxlength="256"`,
      `At least ${shortestPassword} characters. A few unrelated words will do.`,
    )}
    <button>Change password</button>
  `
  const body = html`<div class="card">
    <p>Your other devices will be signed out.</p>
    ${form(request, '/account/password', fields)}
  </div>`
  send(request, response, { title: 'A new password', body, status: wrong === undefined ? 200 : 422 })
}
