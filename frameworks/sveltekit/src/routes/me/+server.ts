import { json, type RequestEvent } from '@sveltejs/kit'
import { signedIn } from 'sojourn/sveltekit'

export const GET = signedIn({}, ({ locals }: RequestEvent) => json(locals.sojourn.session))
