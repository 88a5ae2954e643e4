// Entering the password again before something that cannot be undone. The session stays the same one; it is only known
// again that its person is there.

import { Router, type Request, type Response } from 'express'
import { signedIn } from 'sojourn/express'

import { html } from '../html.ts'
import { safePath } from '../redirect.ts'
import type { Shop } from '../shop.ts'
import { fault, field, form, input, send } from './layout.ts'
import { waitText } from './sign-in.ts'

export function confirmPages({ users, passwords, guesses }: Shop): Router {
  const router = Router()

  router.get('/confirm', signedIn(), (request, response) => {
    show(request, response, { next: safePath(request.query['next']) })
  })

  router.post('/confirm', signedIn(), async (request, response) => {
    const next = safePath(field(request, 'next'))
    const { session, transport } = request.sojourn
    const user = users.find(session?.subject ?? '')
    const email = user?.email ?? ''
    const wait = guesses.take(email, transport.ip)
    if (wait > 0) {
      response.set('Retry-After', String(wait))
      return show(request, response, { next, wrong: waitText(wait), status: 429 })
    }
    if (!(await passwords.verify(field(request, 'password'), user?.password)))
      return show(request, response, { next, wrong: 'This is not your password.', status: 403 })
    guesses.forget(email, transport.ip)
    await request.sojourn.stepUp({ amr: ['pwd'] })
    response.redirect(303, next)
  })

  return router
}

function show(
  request: Request,
  response: Response,
  { next, wrong, status = 200 }: { readonly next: string; readonly wrong?: string; readonly status?: number },
): void {
  const fields = html`
    ${fault(wrong)}
    <input type="hidden" name="next" value="${next}" />
    ${input('Password', 'password', html`type="password" autocomplete="current-password" required maxlength="256"`)}
    <button>Confirm</button>
  `
  const body = html`<div class="card">
    <p>You signed in a while ago. Enter your password once more to go on.</p>
    ${form(request, '/confirm', fields)}
  </div>`
  send(request, response, { title: 'Is it you?', body, status })
}
