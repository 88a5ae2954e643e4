import type { ActionFunctionArgs } from 'react-router'
import { checkPassword } from '../../../examples/people.ts'
import { answering, sojournOf } from './session.server.ts'

export const action = answering(async (call: ActionFunctionArgs) => {
  const person = checkPassword(await call.request.json())
  if (!person) return new Response('That is not the name and password of anybody.', { status: 401 })
  await sojournOf(call).signIn({ subject: person.id, claims: { role: person.role }, amr: ['pwd'] })
  return Response.json({ welcome: person.name })
})
