// Sessions in SvelteKit: sign in as anna or ben.

import { createSojourn } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { sojournSvelteKit } from 'sojourn/sveltekit'
import { secret } from '../../../examples/people.ts'

const sojourn = createSojourn({ issuer: 'http://localhost:3000', secrets: [secret()], store: memoryStore() })

export const handle = sojournSvelteKit(sojourn)
