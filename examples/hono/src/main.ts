// Sessions in Hono: start it with `npm start`, sign in as anna or ben.

import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { Hono } from 'hono'
import { createSojourn } from 'sojourn'
import { signedIn, sojournHono } from 'sojourn/hono'
import { memoryStore } from 'sojourn/memory'
import { checkPassword, secret } from '../../people.ts'

const sojourn = createSojourn({ issuer: 'http://localhost:3000', secrets: [secret()], store: memoryStore() })

const app = new Hono()
app.use(sojournHono(sojourn, { connection: (c) => ({ peer: getConnInfo(c).remote.address }) }))

app.post('/sign-in', async (c) => {
  const person = checkPassword(await c.req.json())
  if (!person) return c.json({ sorry: 'That is not the name and password of anybody.' }, 401)
  await c.var.sojourn.signIn({ subject: person.id, claims: { role: person.role }, amr: ['pwd'] })
  return c.json({ welcome: person.name })
})

app.get('/me', signedIn(), (c) => c.json(c.var.sojourn.session))

app.get('/admin', signedIn({ role: 'admin' }), (c) => c.json({ secret: 'the tea is in the tin' }))

app.post('/sign-out', async (c) => {
  await c.var.sojourn.signOut()
  return c.body(null, 204)
})

serve({ fetch: app.fetch, port: Number(process.env['PORT'] ?? 3000), hostname: '127.0.0.1' }, ({ port }) => {
  console.log(`http://127.0.0.1:${port}`)
})
