// Sessions in Elysia, on Bun: sign in as anna or ben.

import { Elysia } from 'elysia'
import { createSojourn } from 'sojourn'
import { signedIn, sojournElysia } from 'sojourn/elysia'
import { memoryStore } from 'sojourn/memory'
import { checkPassword, secret } from '../../../examples/people.ts'

const sojourn = createSojourn({ issuer: 'http://localhost:3000', secrets: [secret()], store: memoryStore() })

const session = sojournElysia(sojourn, {
  connection: (request) => ({ peer: app.server?.requestIP(request)?.address }),
})

const app = new Elysia()
  .wrap(session.wrap)
  .derive({ as: 'global' }, session.derive)
  .onError({ as: 'global' }, session.onError)
  .post('/sign-in', async ({ sojourn, body, status }) => {
    const person = checkPassword(body)
    if (!person) return status(401, 'That is not the name and password of anybody.')
    await sojourn.signIn({ subject: person.id, claims: { role: person.role }, amr: ['pwd'] })
    return { welcome: person.name }
  })
  .get('/me', ({ sojourn }) => sojourn.session, { beforeHandle: signedIn() })
  .get('/admin', () => ({ secret: 'the tea is in the tin' }), { beforeHandle: signedIn({ role: 'admin' }) })
  .post('/sign-out', async ({ sojourn, set }) => {
    await sojourn.signOut()
    set.status = 204
  })
  .listen({ port: Number(process.env['PORT'] ?? 3000), hostname: '127.0.0.1' })

console.log(`http://127.0.0.1:${app.server?.port}`)
