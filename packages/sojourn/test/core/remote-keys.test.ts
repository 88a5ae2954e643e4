import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { generateJwk, publicJwk, type Jwk } from '../../src/core/algorithms.ts'
import { createVerifier, type Verifier, type VerifierOptions } from '../../src/index.ts'
import { manualClock, type ManualClock } from '../../src/testing.ts'
import { jws, opened } from '../support/forge.ts'
import { keyServer, type KeyServer } from '../support/key-server.ts'
import { audience, good, minted as mintedAt, own, refused, unavailable } from '../support/minting.ts'
import { issuer } from '../support/secrets.ts'

let clock: ManualClock
const minted = (jwk?: Jwk, claims?: object): string => mintedAt(clock, jwk, claims)
const verifierOf = (change: Partial<VerifierOptions> = {}): Verifier =>
  createVerifier({ issuer, audience, jwks: { keys: [good] }, clock, ...change })

beforeEach(() => {
  clock = manualClock()
})

describe('keys at an address', () => {
  let server: KeyServer
  beforeAll(async () => {
    server = await keyServer()
  })
  afterAll(() => server.close())

  let before: number
  const hits = (): number => server.hits() - before
  beforeEach(() => {
    server.publish({ keys: [good] })
    before = server.hits()
  })
  const remote = (change: Partial<VerifierOptions> = {}): Verifier =>
    verifierOf({ jwks: server.url, ...change })

  it('are fetched once for as many tokens as come at the same moment', async () => {
    const verifier = remote()
    const results = await Promise.all(Array.from({ length: 100 }, () => verifier.verify(minted())))
    expect(results.every(({ subject }) => subject === 'alice')).toBe(true)
    expect(hits()).toBe(1)
  })

  it('are fetched again when a token names a new one (P59)', async () => {
    const verifier = remote()
    const next = generateJwk('EdDSA')
    await verifier.verify(minted())
    server.publish({ keys: [good, publicJwk(next)] })
    clock.pass('10s')
    expect(await verifier.verify(minted(next))).toHaveProperty('subject', 'alice')
    expect(hits()).toBe(2)
  })

  it('are fetched at most once in a cool-down, although 1,000 tokens name keys at random (A37, R114)', async () => {
    const verifier = remote()
    await verifier.verify(minted())
    const { payload } = opened(minted())
    const random = (n: number): string =>
      jws({ alg: 'ES256', typ: 'at+jwt', kid: `random ${n}` }, payload, () => Buffer.alloc(64))
    for (let n = 0; n < 1000; n++) {
      await expect(verifier.verify(random(n))).rejects.toMatchObject(refused)
      clock.pass('20ms')
    }
    // 20 seconds have passed: one fetch at the beginning, and one after each ten.
    expect(hits()).toBe(2)
    expect(await verifier.verify(minted())).toHaveProperty('subject', 'alice')
  })

  it('are fetched again when they are no longer fresh, and one that was withdrawn is trusted no more (P59, R107)', async () => {
    const verifier = remote()
    server.publish({ keys: [good] }, { 'cache-control': 'public, max-age=120' })
    const token = minted()
    await verifier.verify(token)
    server.publish({ keys: [publicJwk(generateJwk('ES256'))] })
    clock.pass('119s')
    expect(await verifier.verify(token)).toHaveProperty('subject', 'alice')
    clock.pass('1s')
    await expect(verifier.verify(token)).rejects.toMatchObject(refused)
  })

  it.each([
    ['none', {}, 300],
    ['none that makes sense', { 'cache-control': 'no-store' }, 300],
    ['too little', { 'cache-control': 'max-age=0' }, 60],
    ['too much', { 'cache-control': 'max-age=999999999' }, 3600],
    ['one among others', { 'cache-control': 's-maxage=5, Max-Age=200, immutable' }, 200],
  ])('stay fresh as long as max-age says, within bounds: %s', async (_, headers, seconds) => {
    server.publish({ keys: [good] }, headers)
    const verifier = remote()
    await verifier.verify(minted())
    clock.pass(seconds - 1)
    await verifier.verify(minted())
    expect(hits()).toBe(1)
    clock.pass(1)
    await verifier.verify(minted())
    expect(hits()).toBe(2)
  })

  it('go on being used while the address does not answer, but not for ever (R114)', async () => {
    const verifier = remote()
    const token = minted()
    await verifier.verify(token)
    server.answer((_, response) => response.writeHead(500).end())
    clock.pass('64m')
    expect(await verifier.verify(token)).toHaveProperty('subject', 'alice')
    clock.pass('1m')
    await expect(verifier.verify(token)).rejects.toMatchObject({
      ...unavailable,
      cause: expect.objectContaining({ message: expect.stringContaining('500') }),
    })
    server.publish({ keys: [good] })
    clock.pass('10s')
    expect(await verifier.verify(token)).toHaveProperty('subject', 'alice')
  })

  it('that never came are an outage, not a refusal, and are asked for again after the cool-down', async () => {
    server.answer((_, response) => response.writeHead(503).end())
    const verifier = remote()
    for (let time = 0; time < 50; time++)
      await expect(verifier.verify(minted())).rejects.toMatchObject({ ...unavailable, retryAfter: 10 })
    expect(hits()).toBe(1)
    server.publish({ keys: [good] })
    clock.pass('10s')
    expect(await verifier.verify(minted())).toHaveProperty('subject', 'alice')
  })

  it('are not fetched from where a redirect leads (A37, R114)', async () => {
    let visited = 0
    const elsewhere = await keyServer()
    elsewhere.answer((_, response) => {
      visited++
      response.end(JSON.stringify({ keys: [good] }))
    })
    for (const location of [
      elsewhere.url,
      'http://169.254.169.254/latest/meta-data',
      `//127.0.0.1:1/`,
      '/elsewhere',
    ]) {
      server.answer((_, response) => response.writeHead(302, { location }).end())
      await expect(remote().verify(minted())).rejects.toMatchObject(unavailable)
    }
    expect(visited).toBe(0)
    await elsewhere.close()
  })

  it('are cut off when they are endless (A37, R114)', async () => {
    let sent = 0
    server.answer((_, response) => {
      response.writeHead(200)
      const chunk = Buffer.alloc(65_536, ' ')
      const more = (): void => {
        if (response.destroyed || sent > 10_000_000) return void response.end()
        sent += chunk.length
        response.write(chunk, () => setImmediate(more))
      }
      more()
    })
    await expect(remote().verify(minted())).rejects.toMatchObject({
      ...unavailable,
      cause: expect.objectContaining({ message: expect.stringContaining('more than 262144 bytes') }),
    })
    expect(sent).toBeLessThan(10_000_000)
  })

  it('are given up when they come too slowly (A37, R114)', async () => {
    server.answer((_, response) => {
      response.writeHead(200)
      response.write('{"keys":[')
    })
    const began = performance.now()
    await expect(remote({ timeout: '200ms' }).verify(minted())).rejects.toMatchObject(unavailable)
    // Five seconds is how long it waits when nothing is said.
    expect(performance.now() - began).toBeLessThan(4500)
  })

  it.each([
    ['not JSON', 'keys'],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['no set', '[]'],
    ['a set with a private key', JSON.stringify({ keys: [own] })],
    [
      'a set with two keys of one name',
      JSON.stringify({ keys: [good, { ...publicJwk(generateJwk('ES256')), kid: good['kid'] }] }),
    ],
    ['a set without a fit key', JSON.stringify({ keys: [{ ...good, alg: 'HS256' }] })],
    ['empty', ''],
  ])('are not taken when they are %s, and the ones from before go on (A36, A37)', async (_, body) => {
    const verifier = remote()
    await verifier.verify(minted())
    server.answer((_, response) => response.writeHead(200).end(body))
    await expect(remote().verify(minted())).rejects.toMatchObject(unavailable)
    clock.pass('6m')
    expect(await verifier.verify(minted())).toHaveProperty('subject', 'alice')
  })

  it('are fetched with whatever fetch is given', async () => {
    const asked: string[] = []
    const verifier = verifierOf({
      jwks: 'https://app.example/session/jwks.json',
      fetch: async (url, { redirect }) => {
        asked.push(`${redirect} ${url}`)
        return Response.json({ keys: [good] })
      },
    })
    await verifier.verify(minted())
    expect(asked).toEqual(['manual https://app.example/session/jwks.json'])
  })
})
