// Signing in and out. The answer to a wrong password says nothing about which part was wrong, and takes as long as that
// to a right one.

import { Router, type Request, type Response } from 'express'

import { html } from '../html.ts'
import { safePath } from '../redirect.ts'
import type { Shop } from '../shop.ts'
import { claimsOf } from '../sojourn.ts'
import { emailIn, type User, type Users } from '../users.ts'
import { deviceLabel } from '../device-label.ts'
import { fault, field, form, input, send } from './layout.ts'

export function signInPages({ users, passwords, guesses }: Shop): Router {
  const router = Router()

  router.get('/sign-in', (request, response) => {
    const next = safePath(request.query['next'])
    if (request.sojourn.session) return response.redirect(303, next)
    show(request, response, { next })
  })

  router.post('/sign-in', async (request, response) => {
    const email = emailIn(field(request, 'email'))
    const next = safePath(field(request, 'next'))
    const { ip } = request.sojourn.transport
    const wait = guesses.take(email, ip)
    if (wait > 0) return show(request, response, { next, email, wait })
    const user = users.findByEmail(email)
    const password = field(request, 'password')
    const isRight = await passwords.verify(password, user?.password)
    if (!user || !isRight) {
      return show(request, response, { next, email, wrong: 'This e-mail address and password do not match.' })
    }
    guesses.forget(email, ip)
    await welcome(request, { users, user, remember: field(request, 'remember') !== '' })
    if (passwords.isDated(user.password)) users.rehash(user, await passwords.hash(password))
    response.redirect(303, next)
  })

  router.post('/sign-out', async (request, response) => {
    const isEverywhere = field(request, 'scope') === 'all'
    await request.sojourn.signOut(isEverywhere ? 'all' : 'this')
    response.redirect(303, isEverywhere ? '/?note=signed-out-everywhere' : '/?note=signed-out')
  })

  return router
}

/**
 * Signs a user in: a new session, whatever the visitor had before. Then looks at the user again, because whoever
 * has changed or removed them in between has not seen this session.
 */
export async function welcome(
  { sojourn, headers }: Request,
  { users, user, remember }: { readonly users: Users; readonly user: User; readonly remember: boolean },
): Promise<void> {
  const label = deviceLabel(headers['user-agent'])
  await sojourn.signIn({
    subject: user.id,
    claims: claimsOf(user),
    remember,
    amr: ['pwd'],
    device: { label },
  })
  const now = users.find(user.id)
  if (now?.password !== user.password) await sojourn.signOut()
  else if (now.role !== user.role || now.name !== user.name) await sojourn.update(() => claimsOf(now))
}

interface Attempt {
  readonly next: string
  readonly email?: string
  readonly wrong?: string
  /** Seconds until the next guess is allowed. */
  readonly wait?: number
}

function show(request: Request, response: Response, { next, email = '', wrong, wait }: Attempt): void {
  if (wait !== undefined) response.set('Retry-After', String(wait))
  const text = wait === undefined ? wrong : waitText(wait)
  const fields = html`
    ${fault(text)}
    <input type="hidden" name="next" value="${next}" />
    ${input('E-mail', 'email', html`type="email" value="${email}" autocomplete="username" required maxlength="254"`)}
    ${input('Password', 'password', html`type="password" autocomplete="current-password" required maxlength="256"`)}
    <label class="check"
      ><input type="checkbox" name="remember" value="yes" /> Keep me signed in on this device</label
    >
    <button>Sign in</button>
  `
  const body = html`<div class="card">
    ${form(request, '/sign-in', fields)}
    <p>New here? <a href="/sign-up">Create an account</a>.</p>
  </div>`
  const status = wait !== undefined ? 429 : wrong === undefined ? 200 : 403
  send(request, response, { title: 'Sign in', body, status })
}

/** What to tell somebody who has guessed too often. */
export function waitText(seconds: number): string {
  const minutes = Math.ceil(seconds / 60)
  return `Too many attempts. Try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`
}
