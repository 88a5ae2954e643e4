// Bound tokens in the client, before the real engine and its `fetch` adapter with DPoP on. The clock of both sides is the
// test's; WebCrypto is that of the runtime, so nothing here waits for time.

import { describe, expect, it } from 'vitest'

import {
  createClient,
  type BearerTokens,
  type Client,
  type ClientOptions,
  type Kept,
  type ProofKeys,
} from '../../src/client.ts'
import { proofKeys, type KeyCabinet } from '../../src/client-dpop.ts'
import { memoryCabinet } from '../../src/client/key-cabinet.ts'
import type { DpopOptions } from '../../src/core/dpop/options.ts'
import { origin, simulatedServer, type SimulatedServer } from '../../model/browsers/server.ts'
import { opened } from '../support/forge.ts'

const minute = 60_000
const beginning = 1_767_225_600_000

/** One server, and devices that send to it. */
interface World {
  readonly server: SimulatedServer
  readonly time: { now: number }
  readonly requests: Request[]
  /** Whether the answers say what time it is, as those of every HTTP server do. */
  tellsTime: boolean
  /** Loses the next answer to this path. */
  losing: string | undefined
}

interface Device {
  readonly client: Client
  readonly keys: ProofKeys
  kept: Kept | undefined
}

function world(dpop: DpopOptions = {}): World {
  const time = { now: 0 }
  const server = simulatedServer(time, {}, { dpop })
  return { server, time, requests: [], tellsTime: true, losing: undefined }
}

interface Making {
  readonly keys?: ProofKeys
  readonly wallError?: number
  readonly vault?: { kept: Kept | undefined }
  readonly client?: ClientOptions
}

function device(
  at: World,
  { keys = proofKeys({ cabinet: memoryCabinet() }), ...options }: Making = {},
): Device {
  const vault = options.vault ?? { kept: undefined }
  const { time } = at
  const client = createClient({
    url: origin,
    profile: 'bearer',
    dpop: keys,
    vault: {
      read: async () => vault.kept,
      write: async (kept) => void (vault.kept = kept),
      clear: async () => void (vault.kept = undefined),
    },
    ...options.client,
    platform: {
      fetch: (request) => answered(at, request),
      monotonic: () => time.now,
      wall: () => beginning + time.now + (options.wallError ?? 0),
      // The pauses between attempts end at once; no deadline comes and no patience ends.
      after: (milliseconds, fn) => {
        if (milliseconds < 1000) setImmediate(fn)
        return () => {}
      },
      openChannel: () => undefined,
      onWake: () => () => {},
    },
  })
  return {
    client,
    keys,
    get kept() {
      return vault.kept
    },
  }
}

async function answered(at: World, request: Request): Promise<Response> {
  at.requests.push(request.clone())
  const response = await at.server.answer(request)
  if (at.losing !== undefined && request.url.endsWith(at.losing)) {
    at.losing = undefined
    throw new TypeError('fetch failed')
  }
  const headers = new Headers(response.headers)
  // As Node's server does by itself.
  if (at.tellsTime) headers.set('date', new Date(beginning + at.time.now).toUTCString())
  return new Response(response.body, { status: response.status, headers })
}

async function signIn({ client }: Device): Promise<void> {
  const response = await client.fetch('/sign-in-app?as=alice', { method: 'POST' })
  expect(response.status).toBe(200)
  await client.signedIn((await response.json()) as BearerTokens)
}

const sent = ({ requests }: World): string[] =>
  requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`)
const proofOf = (request: Request) => opened(request.headers.get('dpop')!)
const types = ({ server }: World): string[] => server.events.map(({ type }) => type)

describe('a client with a key of its own', () => {
  it('R180 is bound at its sign-in, and proves the key with every request and refresh', async () => {
    const at = world()
    const app = device(at)
    await signIn(app)
    const { jkt } = opened(at.requests.at(-1)!.headers.get('authorization')!.slice(5)).payload['cnf'] as {
      jkt: string
    }
    expect(jkt).toBe(await app.keys.thumbprint())
    const posted = await app.client.fetch('/notes?page=2#top', { method: 'POST', body: 'a note' })
    expect(await posted.json()).toEqual({ subject: 'alice', body: 'a note' })
    const { header, payload } = proofOf(at.requests.at(-1)!)
    expect(header).toMatchObject({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty: 'EC', crv: 'P-256' } })
    expect(Object.keys(header['jwk'] as object).toSorted()).toEqual(['crv', 'kty', 'x', 'y'])
    expect(payload).toMatchObject({ htm: 'POST', htu: `${origin}/notes`, iat: beginning / 1000 })
    at.time.now += 9.5 * minute
    expect((await app.client.fetch('/notes')).status).toBe(200)
    expect(sent(at).slice(-3)).toEqual(['POST /session/refresh', 'POST /session/refresh', 'GET /notes'])
    expect(new Set(at.requests.map((request) => proofOf(request).payload['jti'])).size).toBe(
      at.requests.length,
    )
    expect(types(at)).not.toContain('proof.rejected')
  })

  it('R179 learns the nonce once, with one repetition, and takes the next one from an answer that brings it', async () => {
    const at = world()
    const app = device(at)
    await signIn(app)
    expect(sent(at)).toEqual(['POST /sign-in-app', 'POST /sign-in-app', 'GET /session'])
    for (let turn = 0; turn < 6; turn++) {
      at.time.now += 2 * minute
      expect((await app.client.fetch('/notes')).status).toBe(200)
    }
    // Every answer in time has brought the next: none was refused again.
    expect(at.requests.filter(({ url }) => url.endsWith('/notes'))).toHaveLength(6)
    at.requests.length = 0
    at.time.now += 6 * minute
    expect((await app.client.fetch('/notes', { method: 'POST', body: 'twice' })).status).toBe(200)
    expect(sent(at)).toEqual(['POST /notes', 'POST /notes'])
  })

  it('repeats a request for its nonce once, and a body that is a stream not at all', async () => {
    const at = world()
    const app = device(at)
    await signIn(app)
    at.time.now += 6 * minute
    at.requests.length = 0
    const body = new Blob(['gone']).stream()
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    expect((await app.client.fetch('/notes', init)).status).toBe(401)
    expect(sent(at)).toEqual(['POST /notes'])
    // Its nonce is known now.
    expect((await app.client.fetch('/notes')).status).toBe(200)
    expect(sent(at)).toEqual(['POST /notes', 'GET /notes'])
  })

  it('hands over the refusal of a server whose nonces are never good', async () => {
    const at = world()
    const keys = proofKeys({ cabinet: memoryCabinet() })
    let asked = 0
    const platform = {
      wall: () => beginning,
      fetch: async () =>
        Response.json(
          { error: 'use_dpop_nonce' },
          { status: 400, headers: { 'dpop-nonce': `nonce ${(asked += 1)}` } },
        ),
    }
    const make = (): Request => new Request(`${origin}/oauth/token`, { method: 'POST' })
    expect((await keys.send(make, { isRepeatable: true, platform })).status).toBe(400)
    expect(asked).toBe(2)
    expect(at.requests).toEqual([])
  })

  it('P7 P8: a refresh whose answer was lost is the same one with another proof, also after a restart', async () => {
    const at = world()
    const cabinet = memoryCabinet()
    const vault = { kept: undefined }
    const app = device(at, { keys: proofKeys({ cabinet }), vault })
    await signIn(app)
    at.time.now += 11 * minute
    at.losing = '/session/refresh'
    expect((await app.client.fetch('/notes')).status).toBe(200)
    const refreshes = at.requests.filter(({ url }) => url.endsWith('/refresh'))
    expect(new Set(refreshes.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(1)
    app.client.close()
    const restarted = device(at, { keys: proofKeys({ cabinet }), vault })
    expect(await restarted.client.load()).toMatchObject({
      status: 'signed-in',
      session: { subject: 'alice' },
    })
    expect(types(at)).not.toContain('proof.rejected')
  })

  it('P27: a clock that is wrong by years does no harm, where answers tell the time', async () => {
    const at = world()
    const app = device(at, { wallError: -9 * 365 * 86_400_000 })
    await signIn(app)
    expect((await app.client.fetch('/notes')).status).toBe(200)
    // For the clock, for the nonce, and then never again.
    expect(sent(at)).toEqual([
      'POST /sign-in-app',
      'POST /sign-in-app',
      'POST /sign-in-app',
      'GET /session',
      'GET /notes',
    ])
    at.tellsTime = false
    const other = device(at, { wallError: 5 * minute })
    expect((await other.client.fetch('/sign-in-app', { method: 'POST' })).status).toBe(401)
  })

  it('A72 whoever has copied its tokens without the key can neither use nor refresh them', async () => {
    const at = world()
    const app = device(at)
    await signIn(app)
    const stolen = { kept: app.kept }
    const thief = device(at, { vault: stolen })
    expect(await thief.client.load()).toEqual({ status: 'signed-out' })
    expect(stolen.kept).toBeUndefined()
    expect(types(at)).not.toContain('session.ended')
    expect((await app.client.fetch('/notes')).status).toBe(200)
  })

  it('signs itself out, and is signed out where its key was forgotten', async () => {
    const at = world()
    const app = device(at)
    await signIn(app)
    await app.keys.forget()
    at.time.now += 11 * minute
    expect((await app.client.fetch('/notes')).status).toBe(401)
    expect(app.client.state).toEqual({ status: 'signed-out', reason: 'ended' })
    await signIn(app)
    await app.client.signOut()
    expect(app.client.state).toEqual({ status: 'signed-out', reason: 'signed_out' })
    expect(await at.server.sojourn.list('alice')).toHaveLength(1)
  })

  it('makes no other key because one could not be read: it says so, and tries again', async () => {
    const at = world()
    const cabinet = memoryCabinet()
    let isLocked = false
    const locking: KeyCabinet = {
      ...cabinet,
      read: async () => (isLocked ? Promise.reject(new Error('the device is locked')) : cabinet.read()),
    }
    const vault = { kept: undefined }
    await signIn(device(at, { keys: proofKeys({ cabinet: locking }), vault }))
    const restarted = device(at, { keys: proofKeys({ cabinet: locking }), vault })
    isLocked = true
    await expect(restarted.client.load()).rejects.toMatchObject({ code: 'key_unavailable' })
    isLocked = false
    expect((await restarted.client.load()).status).toBe('signed-in')
  })

  it('two that begin at the same moment go on with one key', async () => {
    const cabinet = memoryCabinet()
    const both = [proofKeys({ cabinet }), proofKeys({ cabinet })].map((keys) => keys.thumbprint())
    const [one, other] = await Promise.all(both)
    expect(one).toBe(other)
    expect(one).toMatch(/^[\w-]{43}$/)
  })

  it('makes a key whose private half nobody can read', async () => {
    const cabinet = memoryCabinet()
    await proofKeys({ cabinet }).thumbprint()
    const { privateKey } = (await cabinet.read()) as CryptoKeyPair
    expect(privateKey.extractable).toBe(false)
    await expect(crypto.subtle.exportKey('pkcs8', privateKey)).rejects.toThrow('not extractable')
  })

  it('takes no tokens that are bound to nothing, and is for bearer tokens only', async () => {
    const at = world()
    const app = device(at)
    const tokens = { accessToken: 'a', expiresIn: 600, refreshToken: 'r', tokenType: 'Bearer' }
    await expect(app.client.signedIn(tokens)).rejects.toMatchObject({ code: 'tokens_unbound' })
    expect(() => createClient({ dpop: app.keys })).toThrow('dpop is for the profile bearer')
  })

  it('gives no proof to another origin', async () => {
    const at = world()
    const app = device(at)
    await signIn(app)
    at.requests.length = 0
    await app.client.fetch('https://elsewhere.example/notes')
    expect(at.requests[0]!.headers.has('dpop')).toBe(false)
    expect(at.requests[0]!.headers.has('authorization')).toBe(false)
  })
})
