// The application while it moves: both session layers run, whoever is signed in with the old one is signed in with
// Sojourn at their next request, and new sign-ins are Sojourn's. When the old sessions have run out, the lines that are
// marked "old" go.

import express, { type Express, type Request, type Response } from 'express'
import type { Store } from 'express-session'
import type { Sojourn } from 'sojourn'
import { adoptSession, signedIn, sojournErrors, sojournExpress, type Former } from 'sojourn/express'

import { expressSession } from './before.ts'

declare module 'sojourn' {
  interface Register {
    sojourn: Sojourn<Claims, Data>
  }
}

export interface Claims {
  readonly role: string
}

export interface Data {
  readonly basket: readonly string[]
}

export function createApp({
  sojourn,
  oldStore,
  trustedProxies = [],
}: {
  readonly sojourn: Sojourn<Claims, Data>
  readonly oldStore: Store
  readonly trustedProxies?: readonly string[]
}): Express {
  const app = express()
  app.use(express.json())
  app.use(expressSession(oldStore)) // old
  app.use(sojournExpress(sojourn, { trustedProxies }))
  app.use(adoptSession({ cookie: 'connect.sid', read: formerSession })) // old

  app.post('/sign-in', async (request, response) => {
    const { name } = request.body as { name: string }
    const role = name === 'ada' ? 'owner' : 'customer'
    await request.sojourn.signIn({ subject: name, claims: { role }, data: { basket: [] } })
    response.sendStatus(204)
  })
  app.post('/basket', signedIn(), async (request, response) => {
    const { tea } = request.body as { tea: string }
    await request.sojourn.update({ data: (data) => ({ basket: [...data.basket, tea] }) })
    response.sendStatus(204)
  })
  app.get('/me', signedIn(), async (request, response) => {
    const session = await request.sojourn.load()
    response.json({
      user: { id: session?.subject, role: session?.claims.role },
      basket: session?.data.basket,
    })
  })
  app.post('/sign-out', async (request, response) => {
    await request.sojourn.signOut()
    response.sendStatus(204)
  })
  app.use(sojournErrors())
  return app
}

// old
function formerSession({ session }: Request, response: Response): Former | undefined {
  const { user, basket = [] } = session
  if (!user) return undefined
  return {
    signIn: { subject: user.id, claims: { role: user.role }, data: { basket } },
    end: () =>
      new Promise((resolve, reject) => {
        response.clearCookie('connect.sid')
        session.destroy((error?: unknown) => (error ? reject(error) : resolve()))
      }),
  }
}
