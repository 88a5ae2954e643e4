// Sessions in React Router: sign in as anna or ben.

import { createSojourn } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { sojournReactRouter } from 'sojourn/react-router'
import { secret } from '../../../examples/people.ts'

const sojourn = createSojourn({ issuer: 'http://localhost:3000', secrets: [secret()], store: memoryStore() })

export const { middleware, sojournOf, signedIn, answering } = sojournReactRouter(sojourn)
