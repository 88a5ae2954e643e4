// Which tokens were taken already: entries of the store, so that all nodes know the same ones. A token is noted before what
// it asks for is done, and again once it is done. What broke off in between may be sent again; what was done may not.

import { guarded } from '../core/store-guard.ts'
import { ownerOf } from '../core/session-token.ts'
import type { Sojourn } from '../core/sojourn.ts'
import type { Instant, Milliseconds } from '../core/time.ts'

export interface TakenTokens {
  /**
   * Does the work for a token, unless that was done before. Resolves to false if it was. Rejects as the work does, or with
   * `store_unavailable`; then the token may come again.
   */
  once(
    token: { readonly issuer: string; readonly id: string; readonly goodUntil: Instant },
    work: () => Promise<unknown>,
  ): Promise<boolean>
}

// Nodes whose clocks differ must not take a token again that another one has forgotten.
const forgetAfter: Milliseconds = 120_000

export function takenTokens<Claims, Data>(sojourn: Sojourn<Claims, Data>, kind: string): TakenTokens {
  const { issuer: ours, environment } = sojourn.settings
  const store = guarded(sojourn.settings.store)
  const state = JSON.stringify({ t: 'jti' })

  return {
    async once({ issuer, id, goodUntil }, work) {
      const owner = ownerOf(`${kind} ${environment} ${ours}`, `${issuer.length}:${issuer}${id}`)
      // No session has an id that ends like this.
      const entry = { id: `${owner}________`, owner, expiresAt: goodUntil + forgetAfter, state }
      if (!(await store.insert({ ...entry, version: 1 }))) {
        const kept = await store.find(entry.id)
        if (kept && kept.version > 1) return false
      }
      await work()
      await store.replace({ ...entry, version: 2 })
      return true
    },
  }
}
