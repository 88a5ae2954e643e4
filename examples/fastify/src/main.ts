// Sessions in Fastify: start it with `npm start`, sign in as anna or ben.

import { fastify } from 'fastify'
import { createSojourn } from 'sojourn'
import { signedIn, sojournErrors, sojournFastify } from 'sojourn/fastify'
import { memoryStore } from 'sojourn/memory'
import { checkPassword, secret } from '../../people.ts'

const sojourn = createSojourn({ issuer: 'http://localhost:3000', secrets: [secret()], store: memoryStore() })

const app = fastify()
await app.register(sojournFastify(sojourn))
app.setErrorHandler(sojournErrors())

app.post('/sign-in', async (request, reply) => {
  const person = checkPassword(request.body)
  if (!person) return reply.code(401).send({ sorry: 'That is not the name and password of anybody.' })
  await request.sojourn.signIn({ subject: person.id, claims: { role: person.role }, amr: ['pwd'] })
  return { welcome: person.name }
})

app.get('/me', { preHandler: signedIn() }, async (request) => request.sojourn.session)

app.get('/admin', { preHandler: signedIn({ role: 'admin' }) }, async () => ({
  secret: 'the tea is in the tin',
}))

app.post('/sign-out', async (request, reply) => {
  await request.sojourn.signOut()
  return reply.code(204).send()
})

console.log(await app.listen({ port: Number(process.env['PORT'] ?? 3000), host: '127.0.0.1' }))
