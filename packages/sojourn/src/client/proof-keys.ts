// DPoP (RFC 9449) of the client: a key pair that never leaves the device, and a proof by it with every request to the
// application's server. A proof names the method, the address, the time and the digest of the access token, so tokens that
// leak are worth nothing to whoever has not this device.
//
// A proof is used once, so each sending makes its own. Nonces are those of the server: whatever answer brings one, it is
// used from then on. The clock of a device may be wrong (P27), so the time of a proof is corrected by the `Date` of the
// server's answers.

import { browserCabinet, memoryCabinet, type KeyCabinet, type KeyPair } from './key-cabinet.ts'
import { instantOf } from './platform.ts'
import { ClientError, isRecord } from './problem.ts'
import type { ProofKeys } from './sending.ts'

export interface ProofKeysOptions {
  /** Tells the keys of several applications on one origin apart. Default: `default`. */
  readonly name?: string
  /** Where the key pair is kept. Default: IndexedDB where there is one, else memory. */
  readonly cabinet?: KeyCabinet
}

// The little that is used of WebCrypto.
interface Subtle {
  generateKey(algorithm: object, extractable: boolean, usages: readonly string[]): Promise<KeyPair>
  exportKey(format: 'jwk', key: object): Promise<Readonly<Record<string, unknown>>>
  sign(algorithm: object, key: object, data: Uint8Array): Promise<ArrayBuffer>
  digest(algorithm: 'SHA-256', data: Uint8Array): Promise<ArrayBuffer>
}
interface Crypto {
  readonly subtle?: Subtle
  getRandomValues(bytes: Uint8Array): Uint8Array
}

interface Key {
  readonly privateKey: object
  readonly jwk: { readonly crv: string; readonly kty: string; readonly x: string; readonly y: string }
}

/** What is known of one server. */
interface Known {
  readonly nonce?: string
  /** How far its clock is ahead of ours, in milliseconds. */
  readonly ahead: number
}

const curve = { name: 'ECDSA', namedCurve: 'P-256' }
const signature = { name: 'ECDSA', hash: 'SHA-256' }
// What an answer was under way, and that `Date` has seconds only, is no wrong clock.
const slack = 5000
const longestNonce = 1024

/** Keys of this device. Makes none before the first proof. */
export function proofKeys({ name = 'default', cabinet }: ProofKeysOptions = {}): ProofKeys {
  const place = cabinet ?? browserCabinet(name) ?? memoryCabinet()
  const servers = new Map<string, Known>()
  let key: Promise<Key> | undefined

  const own = (): Promise<Key> => {
    const asked = (key ??= keyIn(place))
    asked.catch(() => {
      if (key === asked) key = undefined
    })
    return asked
  }

  return {
    async send(make, { isRepeatable, platform }) {
      const tried = new Set<Refusal>()
      for (;;) {
        const request = make()
        const { origin } = new URL(request.url)
        const before = servers.get(origin) ?? { ahead: 0 }
        request.headers.set('DPoP', await proofFor(request, await own(), before, platform.wall()))
        const response = await platform.fetch(request)
        // Others may have learned something while this answer was under way.
        const after = learned(servers.get(origin) ?? before, response, platform.wall())
        servers.set(origin, after)
        const refusal = await refusalIn(response)
        if (!isRepeatable || refusal === undefined || tried.has(refusal)) return response
        if (!isCured(refusal, before, after)) return response
        tried.add(refusal)
        void response.body?.cancel()
      }
    },
    check(tokenType) {
      if (tokenType?.toLowerCase() !== 'bearer') return
      throw new ClientError(
        'tokens_unbound',
        'The server has not bound these tokens: is its DPoP switched on?',
      )
    },
    thumbprint: async () => thumbprintOf(await own()),
    async forget() {
      key = undefined
      await place.clear()
    },
  }
}

async function keyIn(place: KeyCabinet): Promise<Key> {
  const { subtle } = runtime()
  try {
    const pair =
      (await place.read()) ?? (await place.keep(await subtle.generateKey(curve, false, ['sign', 'verify'])))
    const { crv, kty, x, y } = await subtle.exportKey('jwk', pair.publicKey)
    return { privateKey: pair.privateKey, jwk: { crv, kty, x, y } as Key['jwk'] }
  } catch (cause) {
    throw new ClientError('key_unavailable', 'The key of this device cannot be read or made. Try again.', {
      cause,
    })
  }
}

function runtime(): Crypto & { readonly subtle: Subtle } {
  const { crypto } = globalThis as { readonly crypto?: unknown }
  const own = crypto as Crypto | undefined
  if (own?.subtle) return own as Crypto & { readonly subtle: Subtle }
  throw new ClientError('key_unavailable', 'There is no WebCrypto here: serve the page over HTTPS.')
}

async function proofFor(request: Request, key: Key, server: Known, wall: number): Promise<string> {
  const crypto = runtime()
  const { url, method, headers } = request
  const token = /^DPoP (.+)$/.exec(headers.get('authorization') ?? '')?.[1]
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk }
  const claims = {
    jti: encoded(crypto.getRandomValues(new Uint8Array(16))),
    htm: method,
    htu: url.replace(/[?#].*$/s, ''),
    iat: Math.floor((wall + server.ahead) / 1000),
    ...(token === undefined ? {} : { ath: await digestOf(token) }),
    ...(server.nonce === undefined ? {} : { nonce: server.nonce }),
  }
  const signed = `${encoded(bytesOf(JSON.stringify(header)))}.${encoded(bytesOf(JSON.stringify(claims)))}`
  const mac = await crypto.subtle.sign(signature, key.privateKey, bytesOf(signed))
  return `${signed}.${encoded(new Uint8Array(mac))}`
}

// The members and their order are those of RFC 7638.
function thumbprintOf({ jwk: { crv, kty, x, y } }: Key): Promise<string> {
  return digestOf(JSON.stringify({ crv, kty, x, y }))
}

async function digestOf(text: string): Promise<string> {
  return encoded(new Uint8Array(await runtime().subtle.digest('SHA-256', bytesOf(text))))
}

/** What is known after an answer; what that does not say stays as it was. */
function learned(known: Known, { headers }: Response, wall: number): Known {
  const nonce = headers.get('dpop-nonce') ?? ''
  const ahead = instantOf(headers.get('date') ?? '') - wall
  return {
    ...known,
    ...(nonce === '' || nonce.length > longestNonce ? {} : { nonce }),
    ...(Number.isNaN(ahead) ? {} : { ahead: Math.abs(ahead) > slack ? ahead : 0 }),
  }
}

type Refusal = 'nonce' | 'proof'

const refusals: Readonly<Record<string, Refusal>> = {
  dpop_nonce_required: 'nonce',
  use_dpop_nonce: 'nonce',
  dpop_proof_invalid: 'proof',
  invalid_dpop_proof: 'proof',
}

/** Why an answer has refused the proof; undefined if it has not. Reads a copy. */
async function refusalIn(response: Response): Promise<Refusal | undefined> {
  if (response.status !== 400 && response.status !== 401) return undefined
  // From another origin this header may be hidden; the document says the same.
  const said = /\bDPoP\b[^,]* error="(\w+)"/i.exec(response.headers.get('www-authenticate') ?? '')?.[1]
  if (said !== undefined && said in refusals) return refusals[said]
  if (!/\bjson\b/.test(response.headers.get('content-type') ?? '')) return undefined
  try {
    const body: unknown = JSON.parse(await response.clone().text())
    const code = isRecord(body) ? (body['code'] ?? body['error']) : undefined
    return typeof code === 'string' ? refusals[code] : undefined
  } catch {
    // It breaks off, or is no JSON: whoever reads it will see.
    return undefined
  }
}

function isCured(refusal: Refusal, before: Known, after: Known): boolean {
  return refusal === 'nonce'
    ? after.nonce !== undefined && after.nonce !== before.nonce
    : Math.abs(after.ahead - before.ahead) > slack
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function encoded(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
