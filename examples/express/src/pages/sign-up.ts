// A new account. It says when an address is taken: without sending mail there is no way around telling.

import { Router, type Request, type Response } from 'express'

import { html } from '../html.ts'
import { passwordFault, shortestPassword } from '../passwords.ts'
import type { Shop } from '../shop.ts'
import { emailFault, emailIn, nameFault } from '../users.ts'
import { fault, field, form, input, send } from './layout.ts'
import { waitText, welcome } from './sign-in.ts'

export function signUpPages({ users, passwords, guesses }: Shop): Router {
  const router = Router()

  router.get('/sign-up', (request, response) => {
    if (request.sojourn.session) return response.redirect(303, '/')
    show(request, response, {})
  })

  router.post('/sign-up', async (request, response) => {
    const name = field(request, 'name').trim()
    const email = emailIn(field(request, 'email'))
    const password = field(request, 'password')
    const refuse = (wrong: string, status: number): void =>
      show(request, response, { name, email, wrong, status })
    const wrong = nameFault(name) ?? emailFault(email) ?? passwordFault(password)
    if (wrong !== undefined) return refuse(wrong, 422)
    const { ip } = request.sojourn.transport
    const wait = guesses.take(email, ip)
    if (wait > 0) return refuse(waitText(wait), 429)
    const user = users.add({ name, email, password: await passwords.hash(password) })
    if (!user) return refuse('There is an account with this e-mail address already.', 409)
    guesses.forget(email, ip)
    await welcome(request, { users, user, remember: false })
    response.redirect(303, '/?note=welcome')
  })

  return router
}

interface Attempt {
  readonly name?: string
  readonly email?: string
  readonly wrong?: string
  readonly status?: number
}

function show(
  request: Request,
  response: Response,
  { name = '', email = '', wrong, status = 200 }: Attempt,
): void {
  const fields = html`
    ${fault(wrong)}
    ${input('Name', 'name', html`value="${name}" autocomplete="name" required maxlength="80"`)}
    ${input('E-mail', 'email', html`type="email" value="${email}" autocomplete="username" required maxlength="254"`)}
    ${input(
      'Password',
      'password',
      html`type="password" autocomplete="new-password" required minlength="${shortestPassword}"
      maxlength="256"`,
      `At least ${shortestPassword} characters. A few unrelated words will do.`,
    )}
    <button>Create account</button>
  `
  const body = html`<div class="card">
    ${form(request, '/sign-up', fields)}
    <p>
      Have an account? <a href="/sign-in">Sign in</a>. The first account of the shop is its administrator.
    </p>
  </div>`
  send(request, response, { title: 'Create an account', body, status })
}
