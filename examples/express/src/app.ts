// The shop as an Express application. The order matters: what needs no session first, then forms are read, then the
// chain of Sojourn (which looks for the CSRF token in them), then the pages, and last what to say when the answer is no.

import { join } from 'node:path'

import express from 'express'
import { sojournExpress, type HttpOptions } from 'sojourn/express'

import { accountPages } from './pages/account.ts'
import { basketPages } from './pages/basket.ts'
import { confirmPages } from './pages/confirm.ts'
import { devicePages } from './pages/devices.ts'
import { homePages } from './pages/home.ts'
import { memberPages } from './pages/members.ts'
import { passwordPages } from './pages/password.ts'
import { notFound, refusals } from './pages/refusals.ts'
import { signInPages } from './pages/sign-in.ts'
import { signUpPages } from './pages/sign-up.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import { createGuesses, type Shop } from './shop.ts'
import type { Sessions } from './sojourn.ts'
import type { Users } from './users.ts'

export interface AppOptions extends Pick<HttpOptions, 'trustedProxies' | 'hosts'> {
  readonly sojourn: Sessions
  readonly users: Users
  /** Default: at the recommended cost. */
  readonly passwords?: Passwords
}

export function createApp({
  sojourn,
  users,
  passwords = createPasswords(),
  ...http
}: AppOptions): express.Express {
  const shop: Shop = { sojourn, users, passwords, guesses: createGuesses(sojourn.settings.clock) }
  const app = express()
  app.disable('x-powered-by')
  // Every page holds fresh CSRF tokens, so no two are the same.
  app.disable('etag')

  app.use(protect)
  app.use(express.static(join(import.meta.dirname, '../public'), { index: false }))
  app.use(express.urlencoded({ extended: false, limit: '16kb', parameterLimit: 20 }))
  app.use(sojournExpress(sojourn, { ...http, visitors: 'token', errors: 'next' }))

  app.use(stayEncrypted)

  app.use(homePages(), basketPages())
  app.use(signUpPages(shop), signInPages(shop), confirmPages(shop))
  app.use(accountPages(shop), passwordPages(shop), devicePages(shop), memberPages(shop))
  app.use(notFound)
  app.use(refusals)
  return app
}

const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

function protect(_request: express.Request, response: express.Response, next: express.NextFunction): void {
  response.set({
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
    // Not no-referrer: with it browsers send "Origin: null", and no form could prove that it is ours.
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
  })
  next()
}

function stayEncrypted(
  request: express.Request,
  response: express.Response,
  next: express.NextFunction,
): void {
  if (request.sojourn.transport.isSecure) response.set('Strict-Transport-Security', 'max-age=31536000')
  next()
}
