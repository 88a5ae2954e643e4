// A Sojourn under attack: the real one, whose store counts what it is asked, and whose signing key has been stolen. With
// that key even a token that is wrong in one respect only has a right signature, so what refuses it is that respect.

import { createPublicKey } from 'node:crypto'
import { Socket } from 'node:net'
import { vi } from 'vitest'
import type { Algorithm, Jwk } from '../../src/core/algorithms.ts'
import { openVault, vaultId } from '../../src/core/key-vault.ts'
import { createSojourn, type Sojourn, type Store } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { manualClock, seededRandom, type ManualClock } from '../../src/testing.ts'
import { countedStore } from './counted-store.ts'
import { hs256, jws, opened, signerOf, type Signer } from './forge.ts'
import { issuer, secret } from './secrets.ts'

export const algorithms = [
  'HS256',
  'ES256',
  'EdDSA',
  'RS256',
  'PS256',
] as const satisfies readonly Algorithm[]
export const audience = 'https://api.example'

export interface Attacked {
  readonly algorithm: Algorithm
  readonly sojourn: Sojourn
  readonly clock: ManualClock
  /** What the store was asked, in order. */
  readonly calls: readonly string[]
  /** A token that is accepted, and what it says. */
  readonly token: string
  readonly sessionId: string
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
  /** Signs with the stolen key. */
  readonly sign: Signer
  /** The public key of the stolen one; none for HS256. */
  readonly publicJwk: Jwk | undefined
}

/** A Sojourn that signs with this algorithm, and in which alice has signed in. */
export async function attacked(algorithm: Algorithm): Promise<Attacked> {
  const calls: string[] = []
  const memory = memoryStore()
  const store = countedStore(memory, calls)
  const clock = manualClock()
  const options = {
    issuer,
    audience,
    clientId: 'web',
    secrets: [secret()],
    store,
    algorithm,
    environment: 'test',
    clock,
  }
  const sojourn = createSojourn({ ...options, random: seededRandom(algorithm) })
  const issued = await sojourn.create({
    subject: 'alice',
    claims: { role: 'reader' },
    data: { card: '4111-1111' },
  })
  const { header, payload } = opened(issued.accessToken)
  const key = await stolenKey(sojourn, memory)
  return {
    algorithm,
    sojourn,
    clock,
    calls,
    header,
    payload,
    token: issued.accessToken,
    sessionId: issued.session.id,
    sign: key ? signerOf(key) : hs256(sojourn.settings.keys[0]!.accessKey),
    publicJwk: key && createPublicKey({ key, format: 'jwk' }).export({ format: 'jwk' }),
  }
}

async function stolenKey({ settings }: Sojourn, store: Store): Promise<Jwk | undefined> {
  const { issuer, environment, keys, random } = settings
  const vault = { issuer, environment, keys, random }
  const entry = await store.find(vaultId(vault))
  return entry && openVault(vault, entry).ring[0]?.jwk
}

/** A token with the stolen key's signature: the real one, but for what is given. */
export function stolen(target: Attacked, change: { header?: unknown; payload?: unknown }): string {
  return jws(change.header ?? target.header, change.payload ?? target.payload, target.sign)
}

/** The only thing that the presenter of a bad token is told. */
const refusal = 'SojournError token_rejected 401: The access token is not accepted. Refresh it, or sign in.'

/**
 * The names of those tokens that were not refused as every bad token is: with that one answer, and without asking the
 * store or the network.
 */
export async function survivors(
  target: Attacked,
  forged: Readonly<Record<string, string>>,
): Promise<string[]> {
  const dialled = vi.spyOn(Socket.prototype, 'connect')
  const alive: string[] = []
  for (const [name, token] of Object.entries(forged)) {
    const before = target.calls.length
    const answer = await target.sojourn.verify(token).then(() => 'accepted', describe)
    if (answer !== refusal) alive.push(`${name}: ${answer}`)
    if (target.calls.length !== before) alive.push(`${name}: asked the store`)
    if (dialled.mock.calls.length > 0) alive.push(`${name}: used the network`)
  }
  dialled.mockRestore()
  return alive
}

function describe(error: unknown): string {
  const { name, code, status, message } = error as {
    name: string
    code?: string
    status?: number
    message: string
  }
  return `${name} ${code} ${status}: ${message}`
}
