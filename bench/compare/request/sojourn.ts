// Sojourn as an application would make it. Sessions in memory: a warm request asks no store.

import { createSojourn, type Sojourn } from 'sojourn'
import { memoryStore } from 'sojourn/memory'

import { secret } from './layer.ts'

export function sojournInMemory(): Sojourn {
  return createSojourn({
    issuer: 'https://app.example',
    environment: 'bench',
    secrets: [secret],
    store: memoryStore(),
  })
}

/** No limit of requests, because a load generator is more eager than anybody's browser. */
export const httpOptions = { rateLimit: { requests: 1_000_000_000, per: '1s' } } as const

export const claims = { role: 'member', plan: 'pro' }
