// The client in a page: start it with `npm start`, sign in as anna or ben, and open a second tab.

import { join } from 'node:path'

import express from 'express'
import { createSojourn } from 'sojourn'
import { signedIn, sojournExpress } from 'sojourn/express'
import { memoryStore } from 'sojourn/memory'
import { build } from 'vite'

import { checkPassword, secret } from '../../people.ts'

const sojourn = createSojourn({
  issuer: 'http://localhost:3000',
  secrets: [secret()],
  store: memoryStore(),
  // So short that the warning is seen soon.
  policy: { cookie: { idle: '2m', access: '30s' } },
})
const notes = new Map<string, string[]>()

const dist = join(import.meta.dirname, '../dist')
await build({
  configFile: false,
  logLevel: 'warn',
  build: {
    outDir: dist,
    lib: { entry: join(import.meta.dirname, 'page.ts'), formats: ['es'], fileName: 'page' },
  },
})

const app = express()
app.use(express.static(dist), express.static(join(import.meta.dirname, '../public')))
app.use(express.json(), sojournExpress(sojourn))

app.post('/sign-in', (request, response, next) => {
  const person = checkPassword(request.body)
  if (!person) return void response.status(403).json({ sorry: 'That is nobody’s name and password.' })
  request.sojourn.signIn({ subject: person.id, claims: { role: person.role } }).then(() => {
    response.sendStatus(204)
  }, next)
})

app.get('/notes', signedIn(), (request, response) => {
  response.json(notes.get(request.sojourn.session!.subject!) ?? [])
})

app.post('/notes', signedIn(), (request, response) => {
  const { subject } = request.sojourn.session!
  const { text } = request.body as { text?: unknown }
  notes.set(subject!, [...(notes.get(subject!) ?? []), String(text).slice(0, 200)].slice(-20))
  response.sendStatus(204)
})

const server = app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object') console.log(`http://localhost:${address?.port}`)
})
