// Applications for the doctor: a bad one that does what it should not, and express-session as its README shows it. Both
// listen on the loopback interface only.

import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import express, { type Express } from 'express'
import session from 'express-session'
import jsonwebtoken from 'jsonwebtoken'

export const password = 'correct-horse-battery-staple'

export interface Running {
  readonly url: string
  stop(): Promise<void>
}

export async function listen(app: Express): Promise<Running> {
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Everything that the doctor can find from outside, in one application. */
export function badApplication(log: (line: string) => void): Express {
  const app = express()
  const signedIn = new Map<string, string>()
  let last = 1000
  app.use(express.urlencoded({ extended: false }), (_request, response, next) => {
    response.set('Date', new Date(Date.now() - 3_600_000).toUTCString())
    next()
  })
  const cookies = (header = ''): ReadonlyMap<string, string> =>
    new Map(header.split('; ').map((pair) => [pair.split('=')[0]!, pair.split('=')[1] ?? '']))

  app.get('/', (_request, response) => {
    response.set('Cache-Control', 'public, max-age=600').cookie('theme', 'dark', { path: '/' })
    response.send("<script>localStorage.setItem('token', location.hash)</script>")
  })
  app.get('/me', (request, response) => {
    const { id, jwt } = Object.fromEntries(cookies(request.headers.cookie))
    // An id that is not known is taken as it comes, and a token is read without a look at its signature.
    if (id === undefined) response.cookie('id', String((last += 1)))
    const claims = jwt === undefined ? null : (jsonwebtoken.decode(jwt) as { sub?: string } | null)
    const name = signedIn.get(id ?? '') ?? claims?.sub
    if (name === undefined) response.status(401).send('Sign in')
    else response.send(`<a href="/me?sid=${encodeURIComponent(id ?? 'none-at-all')}">${name}</a>`)
  })
  app.post('/login', (request, response) => {
    const { name, password: given } = request.body as { name: string; password: string }
    if (given !== password) return void response.sendStatus(401)
    const id = cookies(request.headers.cookie).get('id') ?? String((last += 1))
    signedIn.set(id, name)
    log(`new ${id}`)
    const claims = { sub: name, email: `${name}@example.com`, phone: '+44 20 7946 0000' }
    const jwt = jsonwebtoken.sign(claims, 'secret', { expiresIn: '365d' })
    log(`given ${jwt}`)
    response.cookie('id', id).cookie('jwt', jwt)
    response.cookie('id', id, { path: '/' }).redirect(`/me?sid=${id}`)
  })
  app.post('/logout', (_request, response) => void response.send('Goodbye'))
  return app
}

/** express-session with what its README begins with, and a sign-in that does no more than it must. */
export function defaultExpressSession(asked?: (path: string) => void): Express {
  const store = new session.MemoryStore()
  return withSessions({ secret: 'keyboard cat', resave: false, saveUninitialized: true, store }, asked)
}

function withSessions(options: session.SessionOptions, asked?: (path: string) => void): Express {
  const app = express()
  app.use(express.urlencoded({ extended: false }), session(options), (request, _response, next) => {
    asked?.(request.path)
    next()
  })
  app.get('/', (_request, response) => void response.send('<h1>Hello</h1>'))
  app.get('/hello', (request, response) => {
    const { user = 'stranger' } = request.session as { user?: string }
    response.send(`Hello ${user}`)
  })
  app.get('/me', (request, response) => {
    const { user } = request.session as { user?: string }
    if (user === undefined) response.status(401).send('Sign in')
    else response.send(user)
  })
  app.post('/login', (request, response) => {
    const { name, password: given } = request.body as { name: string; password: string }
    if (given !== password) return void response.sendStatus(401)
    Object.assign(request.session, { user: name })
    response.redirect('/me')
  })
  app.post('/logout', (request, response) => request.session.destroy(() => response.redirect('/')))
  return app
}

/** What `--credentials` names. */
export function credentialsFile(folder: string, members: unknown, mode = 0o600): string {
  const path = join(folder, `credentials-${mode}.json`)
  writeFileSync(path, JSON.stringify(members), { mode })
  return path
}

/** Asks for Secure cookies, and does not know that a proxy has spoken HTTPS: express-session then sets none. */
export function securedBehindNothing(): Express {
  return withSessions({
    secret: 'keyboard cat',
    resave: false,
    saveUninitialized: false,
    cookie: { secure: true },
  })
}

/** Leads everywhere but to itself. */
export function leadingAway(other: string): Express {
  const app = express()
  app.get('/', (_request, response) => void response.send(`<script src="${other}/page.js"></script>`))
  app.get('/away', (_request, response) => response.redirect(`${other}/`))
  return app
}

/** Gives an app a short JWT in the body of the sign-in, and takes it in a header. */
export function bearerApplication(secret: string): Express {
  const app = express()
  app.use(express.json())
  app.get('/me', (request, response) => {
    try {
      const token = request.get('authorization')?.slice('Bearer '.length) ?? ''
      response.json(jsonwebtoken.verify(token, secret, { algorithms: ['HS256'] }))
    } catch {
      response.sendStatus(401)
    }
  })
  app.post('/login', (request, response) => {
    const { name, password: given } = request.body as { name: string; password: string }
    if (given !== password) return void response.sendStatus(401)
    response.json({ accessToken: jsonwebtoken.sign({ sub: name }, secret, { expiresIn: '5m' }) })
  })
  app.post('/logout', (_request, response) => void response.sendStatus(204))
  return app
}
