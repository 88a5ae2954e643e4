import { beforeEach, describe, expect, it } from 'vitest'
import { generateJwk, publicAlgorithms, publicJwk, type Jwk } from '../../src/core/algorithms.ts'
import {
  createSojourn,
  createVerifier,
  type Sojourn,
  type Verifier,
  type VerifierOptions,
} from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { manualClock, type ManualClock } from '../../src/testing.ts'
import { hs256, jws, opened } from '../support/forge.ts'
import { audience, good, minted as mintedAt, own, refused } from '../support/minting.ts'
import { issuer, secret } from '../support/secrets.ts'

let clock: ManualClock
const minted = (jwk?: Jwk, claims?: object): string => mintedAt(clock, jwk, claims)
const verifierOf = (change: Partial<VerifierOptions> = {}): Verifier =>
  createVerifier({ issuer, audience, jwks: { keys: [good] }, clock, ...change })

beforeEach(() => {
  clock = manualClock()
})

describe.each(publicAlgorithms)('a verifier in another process, for %s', (algorithm) => {
  it('reads the tokens of an issuer whose public keys it knows', async () => {
    const options = { issuer, audience, secrets: [secret()], store: memoryStore(), algorithm, clock }
    const sojourn: Sojourn = createSojourn(options)
    const { accessToken, session } = await sojourn.create({ subject: 'alice', claims: { role: 'reader' } })
    const verifier = verifierOf({ jwks: await sojourn.keys.jwks() })
    for (let time = 0; time < 2; time++) {
      const access = await verifier.verify(accessToken)
      expect(access).toMatchObject({ subject: 'alice', sessionId: session.id, claims: { role: 'reader' } })
    }
    clock.pass('5m')
    await expect(verifier.verify(accessToken)).rejects.toMatchObject(refused)
  })
})

describe('a verifier', () => {
  it('refuses tokens of others, for others, and of no key that it knows, with one answer (R117)', async () => {
    const verifier = verifierOf()
    expect(await verifier.verify(minted())).toHaveProperty('subject', 'alice')
    const forged = [
      minted(own, { iss: 'https://other.example' }),
      minted(own, { aud: 'https://other.example' }),
      minted(own, { exp: 1 }),
      minted(generateJwk('ES256')),
      `${minted().slice(0, -10)}AAAAAAAAAA`,
      jws({ alg: 'none', typ: 'at+jwt', kid: own['kid'] }, opened(minted()).payload, () => Buffer.alloc(0)),
      '',
      'a.b.c',
    ]
    for (const token of forged) await expect(verifier.verify(token)).rejects.toMatchObject(refused)
    for (const token of [undefined, null, 5, {}, [minted()]]) {
      await expect(verifier.verify(token as string)).rejects.toMatchObject(refused)
    }
  })

  it('takes no MAC under a public key, also when that names no algorithm (A3, A5, R79)', async () => {
    const { alg: _, ...nameless } = good
    const verifier = verifierOf({ jwks: { keys: [nameless, publicJwk(generateJwk('EdDSA'))] } })
    const header = { alg: 'HS256', typ: 'at+jwt', kid: own['kid'] }
    const { payload } = opened(minted())
    for (const text of [JSON.stringify(nameless), JSON.stringify(good)]) {
      await expect(verifier.verify(jws(header, payload, hs256(text)))).rejects.toMatchObject(refused)
    }
    await expect(verifier.verify(minted())).rejects.toMatchObject(refused)
  })

  it('lets clocks differ as far as it is told', async () => {
    const ahead = minted()
    const behind = manualClock(clock() - 11_000)
    await expect(verifierOf({ clock: behind }).verify(ahead)).rejects.toMatchObject(refused)
    expect(await verifierOf({ clock: behind, clockTolerance: '12s' }).verify(ahead)).toHaveProperty(
      'subject',
      'alice',
    )
  })
})

describe('a key set', () => {
  const faultOf = (jwks: unknown): string => {
    try {
      createVerifier({ issuer, audience, jwks: jwks as string })
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }

  it('may hold keys that only others can use (R113)', async () => {
    const others = [
      { kty: 'AKP', alg: 'ML-DSA-65', kid: 'pq' },
      { kty: 'EC', crv: 'P-521', alg: 'ES512', kid: 'big' },
      { kty: 'x' },
      {},
      null,
      5,
    ]
    const verifier = verifierOf({ jwks: { keys: [...others, good] as Jwk[] } })
    expect(await verifier.verify(minted())).toHaveProperty('subject', 'alice')
  })

  it('is refused with two keys of one name, even if they were the same (A36, R113)', () => {
    expect(faultOf({ keys: [good, { ...publicJwk(generateJwk('ES256')), kid: good['kid'] }] })).toContain(
      'two keys with the kid',
    )
    expect(faultOf({ keys: [good, good] })).toContain('two keys with the kid')
  })

  it('is refused with a private or secret key in it, whoever’s (A36)', () => {
    for (const jwk of [
      own,
      { kty: 'oct', k: 'c2VjcmV0', kid: 'mac' },
      { kty: 'RSA', n: 'AA', e: 'AQAB', p: 'AA' },
    ]) {
      expect(faultOf({ keys: [good, jwk] })).toContain('private or secret key')
    }
  })

  it('is refused when no key in it is fit, with what is wrong with each', () => {
    expect(
      faultOf({
        keys: [
          { ...good, use: 'enc' },
          { ...good, y: good['x'] },
        ],
      }),
    ).toMatch(/no key to verify with; keys\[0\] is not for signatures; keys\[1\] is not a valid key/)
    expect(faultOf({ keys: [] })).toContain('no key to verify with')
    for (const jwks of [undefined, null, {}, [], [good], { keys: good }, 5])
      expect(faultOf(jwks)).toContain('is not a JWK set')
  })

  it('is refused with more keys than anybody needs', () => {
    expect(faultOf({ keys: Array.from({ length: 101 }, () => good) })).toContain('more than 100 keys')
  })
})

describe('the options of a verifier', () => {
  it('are refused with all of their faults at once', () => {
    const options = {
      issuer: 'http://app.example',
      audience: '',
      jwks: 'ftp://x',
      clockTolerance: '5m',
      timeout: '1h',
      cacheSize: 0,
    }
    expect(() => createVerifier(options as VerifierOptions)).toThrow(
      /issuer[^]*audience[^]*clockTolerance[^]*timeout[^]*cacheSize[^]*jwks/,
    )
  })

  it.each([
    'http://app.example/jwks',
    'http://10.0.0.1/jwks',
    'https://me:pass@app.example/jwks',
    'file:///jwks',
    'jwks.json',
    '',
  ])('name no address like "%s" for the keys (A37, R114)', (jwks) => {
    expect(() => verifierOf({ jwks })).toThrow(/jwks (is|has)/)
  })

  it('may name an https address, which is asked only when a token comes', () => {
    expect(() =>
      verifierOf({ jwks: 'https://app.example/jwks', fetch: () => Promise.reject(new Error('asked')) }),
    ).not.toThrow()
  })
})
