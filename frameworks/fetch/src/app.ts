// Sessions in a plain `fetch` handler, the same on Bun and on Deno: sign in as anna or ben.

import { createSojourn } from 'sojourn'
import { guard, sojournFetch } from 'sojourn/fetch'
import { memoryStore } from 'sojourn/memory'
import { checkPassword, secret } from '../../../examples/people.ts'

const sojourn = createSojourn({ issuer: 'http://localhost:3000', secrets: [secret()], store: memoryStore() })
const forMembers = guard()
const forAdmins = guard({ role: 'admin' })

export const serve = sojournFetch(sojourn, async (request, session) => {
  const { pathname } = new URL(request.url)
  switch (`${request.method} ${pathname}`) {
    case 'POST /sign-in': {
      const person = checkPassword(await request.json())
      if (!person) return new Response('That is not the name and password of anybody.', { status: 401 })
      await session.signIn({ subject: person.id, claims: { role: person.role }, amr: ['pwd'] })
      return Response.json({ welcome: person.name })
    }
    case 'GET /me':
      forMembers(session)
      return Response.json(session.session)
    case 'GET /admin':
      forAdmins(session)
      return Response.json({ secret: 'the tea is in the tin' })
    case 'POST /sign-out':
      await session.signOut()
      return new Response(null, { status: 204 })
    default:
      return new Response('Not found', { status: 404 })
  }
})
