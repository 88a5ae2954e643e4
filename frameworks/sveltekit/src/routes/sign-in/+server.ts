import { error, json, type RequestEvent } from '@sveltejs/kit'
import { answering } from 'sojourn/sveltekit'
import { checkPassword } from '../../../../../examples/people.ts'

export const POST = answering(async ({ request, locals }: RequestEvent) => {
  const person = checkPassword(await request.json())
  if (!person) error(401, 'That is not the name and password of anybody.')
  await locals.sojourn.signIn({ subject: person.id, claims: { role: person.role }, amr: ['pwd'] })
  return json({ welcome: person.name })
})
