// Sessions in Next.js: sign in as anna or ben.

import { headers } from 'next/headers'
import { NextResponse } from 'next/server'
import { createSojourn } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { sojournNext } from 'sojourn/next'
import { secret } from '../../examples/people.ts'

// Next bundles this module more than once; there must be one store, and one secret.
globalThis.sojourn ??= createSojourn({
  issuer: 'http://localhost:3000',
  secrets: [secret()],
  store: memoryStore(),
  environment: 'example',
})

export const { route, proxy, session } = sojournNext(globalThis.sojourn, { headers, NextResponse })
