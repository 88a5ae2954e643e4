// The application as it was: express-session keeps who somebody is and what is in their basket.

import express, { type Express } from 'express'
import session, { type Store } from 'express-session'

declare module 'express-session' {
  interface SessionData {
    user: { id: string; role: string }
    basket: string[]
  }
}

/** The old session layer, with its settings as they are. */
export function expressSession(store: Store): express.RequestHandler {
  return session({
    secret: 'the secret that express-session has been using',
    name: 'connect.sid',
    store,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', maxAge: 24 * 3_600_000 },
  })
}

export function createOldApp(store: Store): Express {
  const app = express()
  app.use(express.json(), expressSession(store))

  app.post('/sign-in', (request, response) => {
    const { name } = request.body as { name: string }
    request.session.user = { id: name, role: name === 'ada' ? 'owner' : 'customer' }
    request.session.basket = []
    response.sendStatus(204)
  })
  app.post('/basket', (request, response) => {
    const { tea } = request.body as { tea: string }
    request.session.basket = [...(request.session.basket ?? []), tea]
    response.sendStatus(204)
  })
  app.get('/me', (request, response) => {
    const { user, basket } = request.session
    if (!user) return void response.sendStatus(401)
    response.json({ user, basket })
  })
  return app
}
