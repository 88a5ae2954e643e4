import type { RequestEvent } from '@sveltejs/kit'
import { answering } from 'sojourn/sveltekit'

export const POST = answering(async ({ locals }: RequestEvent) => {
  await locals.sojourn.signOut()
  return new Response(null, { status: 204 })
})
