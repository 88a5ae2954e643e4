import { json } from '@sveltejs/kit'
import { signedIn } from 'sojourn/sveltekit'

export const GET = signedIn({ role: 'admin' }, () => json({ secret: 'the tea is in the tin' }))
