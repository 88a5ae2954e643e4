// One's own account: the name, which all one's sessions carry; and leaving, for which the password must be fresh.

import { Router, type Request, type Response } from 'express'
import { signedIn } from 'sojourn/express'

import { html } from '../html.ts'
import type { Shop } from '../shop.ts'
import { retell } from '../sojourn.ts'
import { nameFault } from '../users.ts'
import { fault, field, form, input, send } from './layout.ts'

export function accountPages({ sojourn, users }: Shop): Router {
  const router = Router()

  router.get('/account', signedIn(), (request, response) => show(request, response))

  router.post('/account', signedIn(), async (request, response) => {
    const { subject = '' } = request.sojourn.session ?? {}
    const name = field(request, 'name').trim()
    const wrong = nameFault(name)
    if (wrong !== undefined) return show(request, response, wrong)
    users.rename(subject, name)
    await retell(sojourn, users, subject)
    response.redirect(303, '/account?note=renamed')
  })

  // The page and the deed ask for the same, so that nobody fills in a form that will be refused.
  const fresh = signedIn({ freshWithin: '10m' })

  router.get('/account/delete', fresh, (request, response) => {
    const body = html`<div class="card">
      <p>
        Your account, your basket and all your sessions will be gone, on every device. This cannot be undone.
      </p>
      ${form(request, '/account/delete', html`<button class="danger">Delete my account for good</button>`)}
      <p><a href="/account">Keep it</a></p>
    </div>`
    send(request, response, { title: 'Delete your account?', body })
  })

  router.post('/account/delete', fresh, async (request, response) => {
    const { subject = '' } = request.sojourn.session ?? {}
    // The account first: from then on nobody can sign in to it any more, and what is signed in is ended next.
    if (!users.remove(subject)) return response.redirect(303, '/members?note=last-admin')
    await request.sojourn.signOut('all')
    response.redirect(303, '/?note=account-deleted')
  })

  return router

  function show(request: Request, response: Response, wrong?: string): void {
    const { session } = request.sojourn
    const email = users.find(session?.subject ?? '')?.email
    const rename = html`
      ${fault(wrong)}
      ${input('Name', 'name', html`value="${session?.claims.name}" autocomplete="name" required maxlength="80"`)}
      <button>Change name</button>
    `
    const body = html`
      <div class="card">
        <dl>
          <dt>E-mail</dt>
          <dd>${email}</dd>
          <dt>Role</dt>
          <dd>${session?.claims.role}</dd>
        </dl>
        ${form(request, '/account', rename)}
      </div>
      <p><a href="/account/password">Change your password …</a></p>
      <p><a class="danger-link" href="/account/delete">Delete your account …</a></p>
    `
    send(request, response, { title: 'Your account', body, status: wrong === undefined ? 200 : 422 })
  }
}
