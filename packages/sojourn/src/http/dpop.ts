// The proof that comes with a request (RFC 9449), where DPoP is on: read from its header, judged against the request as the
// client has sent it, and answered with a nonce where the client needs one.

import type { Access } from '../core/access-token.ts'
import { proofFaults, type ProofFault } from '../core/dpop/proof.ts'
import { SojournError } from '../core/errors.ts'
import type { Exchange } from './exchange.ts'
import type { Transport } from './transport.ts'
import { pathOf, type RequestView } from './view.ts'

const faults: ReadonlySet<string> = new Set(['dpop_proof_invalid', 'dpop_nonce_required'])

/** The URL of a request as its client knows it, without the query; empty if its host is no host. */
export function addressOf(view: RequestView, { isSecure, host }: Transport): string {
  if (!/^[^/\\?#@%*\s]+$/.test(host)) return ''
  return `${isSecure ? 'https' : 'http'}://${host}${pathOf(view.target)}`
}

/**
 * The thumbprint of the key that the client has proved to have; undefined where there is no proof, or DPoP is off. Uses the
 * proof up. Rejects with `dpop_proof_invalid`, `dpop_nonce_required` or `store_unavailable`.
 */
export async function proveKey<Claims, Data>(
  { sojourn, view, transport, reply }: Exchange<Claims, Data>,
  token?: { readonly accessToken: string; readonly jkt: string },
): Promise<string | undefined> {
  if (!sojourn.settings.dpop) return undefined
  const proofs = view.all('dpop')
  if (proofs.length === 0 && !token) return undefined
  const targets = [addressOf(view, transport)]
  try {
    const { jkt, nonce } = await sojourn.dpop.prove({ proofs, method: view.method, targets, ...token })
    if (nonce !== undefined) reply.setHeader('DPoP-Nonce', nonce)
    return jkt
  } catch (error) {
    const needsNonce = error instanceof SojournError && error.code === 'dpop_nonce_required'
    if (needsNonce && !reply.isCommitted()) reply.setHeader('DPoP-Nonce', sojourn.dpop.nonce())
    throw error
  }
}

/** The key to bind a new bearer session to; rejects with `dpop_proof_invalid` where one must be shown and is not. */
export async function keyForSignIn<Claims, Data>(
  exchange: Exchange<Claims, Data>,
): Promise<string | undefined> {
  const jkt = await exchange.proveKey()
  if (jkt === undefined && exchange.sojourn.settings.dpop?.required)
    throw new SojournError('dpop_proof_invalid', { detail: proofFaults.missing })
  return jkt
}

/** Whether an access token and how it came have to do with a key at all: not so for most, which must not wait. */
export function isBound<Claims, Data>({ carried }: Exchange<Claims, Data>, { jkt }: Access<Claims>): boolean {
  return jkt !== undefined || carried.isBound !== undefined
}

/**
 * What keeps a bound access token from being good with this request; undefined where the client has its key. Without a proof
 * it is worth nothing (RFC 9449 §7.2), nor is one that only claims to be bound.
 */
export async function bindingFault<Claims, Data>(
  exchange: Exchange<Claims, Data>,
  accessToken: string,
  access: Access<Claims>,
): Promise<SojournError | undefined> {
  const { carried } = exchange
  const { jkt } = access
  if (jkt === undefined || carried.isBound === undefined)
    return rejected(exchange, access, jkt === undefined ? 'unbound' : 'missing')
  try {
    await exchange.proveKey({ accessToken, jkt })
    return undefined
  } catch (error) {
    if (error instanceof SojournError && faults.has(error.code)) return error
    throw error
  }
}

function rejected<Claims, Data>(
  { sojourn, now }: Exchange<Claims, Data>,
  { sessionId }: Access<Claims>,
  reason: ProofFault | 'unbound',
): SojournError {
  sojourn.tell({ type: 'proof.rejected', level: 'warning', at: now, sessionId, reason })
  return new SojournError('token_rejected')
}
