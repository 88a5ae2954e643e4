// Whose a secret is. The first environment that begins to work with a secret on a store leaves its name there, under a
// fingerprint of the secret; another environment that has the same secret on the same store is refused. Credentials are
// apart even so, because every key is derived from the environment's name as well: but whoever shares a secret shares who
// knows it.
//
// The fingerprint is derived from the secret as all keys are, for this purpose alone. Nothing leads from it to the secret or
// to a key, and nobody guesses 32 random bytes by trying.

import { configurationError, SojournError } from './errors.ts'
import type { DerivedKeys } from './secrets.ts'
import type { Entry, Store } from './store.ts'
import type { Instant, Milliseconds } from './time.ts'

export interface ClaimOptions {
  readonly store: Store
  readonly environment: string
  /** Newest first. */
  readonly keys: readonly DerivedKeys[]
}

// Written anew long before it is over, by every start.
const keptFor: Milliseconds = 400 * 24 * 3_600_000
const attempts = 8

/** The environment to which each secret belongs in this store; undefined where it belongs to none yet. */
export async function ownersOf({
  store,
  keys,
}: Pick<ClaimOptions, 'store' | 'keys'>): Promise<readonly (string | undefined)[]> {
  return Promise.all(
    keys.map(async ({ fingerprint }) => {
      const entry = await store.find(idOf(fingerprint))
      return entry && environmentIn(entry)
    }),
  )
}

/**
 * Notes that the secrets belong to this environment: one read for each where that is known, and one write where it is not.
 * Rejects with `config_invalid` where another environment has one of them, unless that is to be taken over.
 */
export async function claimSecrets(options: ClaimOptions, now: Instant, takesOver: boolean): Promise<void> {
  const { environment, keys } = options
  const owners = await Promise.all(keys.map(({ fingerprint }) => claim(options, fingerprint, now, takesOver)))
  const faults = owners.flatMap((owner, index) =>
    owner === environment
      ? []
      : [
          `secrets[${index}] belongs to the environment ${JSON.stringify(owner)} in this store, and this is ${JSON.stringify(environment)}. Give each a secret of its own: npx sojourn keys generate-secret. If the environment was renamed, say so once: npx sojourn keys claim --yes`,
        ],
  )
  if (faults.length > 0) throw configurationError('The secrets cannot be used on this store', faults)
}

// Resolves to whose it is now.
async function claim(
  { store, environment }: ClaimOptions,
  fingerprint: string,
  now: Instant,
  takesOver: boolean,
): Promise<string> {
  const id = idOf(fingerprint)
  const state = JSON.stringify({ t: 'secret', env: environment })
  for (let attempt = 0; attempt < attempts; attempt++) {
    const kept = await store.find(id)
    const owner = kept && environmentIn(kept)
    if (kept && owner !== undefined && owner !== environment && !takesOver) return owner
    if (kept && owner === environment && kept.expiresAt > now + keptFor / 2) return owner
    const entry = {
      id,
      owner: fingerprint,
      version: (kept?.version ?? 0) + 1,
      expiresAt: now + keptFor,
      state,
    }
    // Of two that begin at the same moment the second sees the first.
    if (await (kept ? store.replace(entry) : store.insert(entry))) return environment
  }
  throw new SojournError('store_unavailable', {
    detail: 'Too many nodes begin at once.',
    retryAfter: 1,
  })
}

// No session has an id that ends like this.
function idOf(fingerprint: string): string {
  return `${fingerprint}________`
}

function environmentIn({ state }: Entry): string | undefined {
  try {
    const { t, env } = JSON.parse(state) as { readonly t?: unknown; readonly env?: unknown }
    return t === 'secret' && typeof env === 'string' ? env : undefined
  } catch {
    // Spoilt: the next start writes it anew.
    return undefined
  }
}
