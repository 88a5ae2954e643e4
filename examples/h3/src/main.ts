// Sessions in h3, which Nitro and Nuxt stand on: start it with `npm start`, sign in as anna or ben.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { H3, HTTPError, noContent, readBody } from 'h3'
import { toNodeHandler } from 'h3/node'
import { createSojourn } from 'sojourn'
import { signedIn, sojournH3 } from 'sojourn/h3'
import { memoryStore } from 'sojourn/memory'
import { checkPassword, secret } from '../../people.ts'

const sojourn = createSojourn({ issuer: 'http://localhost:3000', secrets: [secret()], store: memoryStore() })

const app = new H3()
app.use(sojournH3(sojourn))

app.post('/sign-in', async (event) => {
  const person = checkPassword(await readBody(event))
  if (!person) throw new HTTPError({ status: 401, message: 'That is not the name and password of anybody.' })
  await event.context.sojourn.signIn({ subject: person.id, claims: { role: person.role }, amr: ['pwd'] })
  return { welcome: person.name }
})

app.get('/me', (event) => event.context.sojourn.session, { middleware: [signedIn()] })

app.get('/admin', () => ({ secret: 'the tea is in the tin' }), {
  middleware: [signedIn({ role: 'admin' })],
})

app.post('/sign-out', async (event) => {
  await event.context.sojourn.signOut()
  return noContent()
})

const server = createServer(toNodeHandler(app))
server.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
