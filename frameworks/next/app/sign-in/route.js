import { checkPassword } from '../../../../examples/people.ts'
import { route } from '../../session.js'

export const POST = route(async (request, session) => {
  const person = checkPassword(await request.json())
  if (!person) return new Response('That is not the name and password of anybody.', { status: 401 })
  await session.signIn({ subject: person.id, claims: { role: person.role }, amr: ['pwd'] })
  return Response.json({ welcome: person.name })
})
