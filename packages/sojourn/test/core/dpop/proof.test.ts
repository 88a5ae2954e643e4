// Proofs of RFC 9449: what one must be, and what it must be for.

import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'

import { generateJwk, publicAlgorithms } from '../../../src/core/algorithms.ts'
import { judgeProof, readProof, type Proof } from '../../../src/core/dpop/proof.ts'
import { ProofKeys } from '../../../src/core/proof-keys.ts'
import { normalTarget } from '../../../src/core/dpop/target.ts'
import { hs256, segment, signed, signerOf } from '../../support/forge.ts'
import { proofKey } from '../../support/dpop.ts'

const now = 1_767_225_600_000
const own = generateJwk('ES256')
const client = proofKey('ES256', own)
const read = (text: string): unknown => readProof(text, publicAlgorithms)

function good(text: string): Proof {
  const proof = readProof(text, publicAlgorithms)
  if (typeof proof === 'string') throw new Error(proof)
  return proof
}

describe('R175 a proof', () => {
  it.each(publicAlgorithms)('is read where it is signed with %s by the key in it', (algorithm) => {
    const key = proofKey(algorithm)
    expect(good(key.prove({ now }))).toMatchObject({ jkt: key.jkt, htm: 'GET', issuedAt: now })
  })

  it('is that of RFC 9449 itself, with the thumbprint that the RFC has for its key', () => {
    const header =
      'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19'
    const text = `${header}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg`
    expect(good(text)).toMatchObject({
      jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I',
      jti: '-BwC3ESc6acc2lTc',
      htm: 'POST',
      htu: 'https://server.example.com/token',
      issuedAt: 1_562_262_616_000,
    })
  })

  it.each([
    ['another typ', { typ: 'JWT' }, 'type'],
    ['no typ', { typ: undefined }, 'type'],
    ['the typ of an access token', { typ: 'at+jwt' }, 'type'],
    ['alg none', { alg: 'none' }, 'algorithm'],
    ['HS256', { alg: 'HS256' }, 'algorithm'],
    ['an alg that is no text', { alg: ['ES256'] }, 'algorithm'],
    ['the alg of another kind of key', { alg: 'RS256' }, 'key'],
    ['crit', { crit: ['exp'], exp: 1 }, 'header'],
    ['b64', { b64: false, crit: ['b64'] }, 'header'],
    ['no jwk', { jwk: undefined }, 'key'],
    ['a list for a jwk', { jwk: [client.jwk] }, 'key'],
    ['a symmetric key', { jwk: { kty: 'oct', k: 'c2VjcmV0' } }, 'key'],
    ['a private key', { jwk: { ...client.jwk, d: own['d'] } }, 'key'],
    ['a key for something else', { jwk: { ...client.jwk, use: 'enc' } }, 'key'],
    ['a key of another alg', { jwk: { ...client.jwk, alg: 'ES384' } }, 'key'],
    ['a point that is on no curve', { jwk: { ...client.jwk, y: client.jwk['x'] } }, 'key'],
    ['a member of the key that is no text', { jwk: { ...client.jwk, x: 1 } }, 'key'],
    ['somebody else’s key', { jwk: proofKey().jwk }, 'signature'],
  ])('is refused with %s', (_, header, fault) => {
    expect(read(client.prove({ now, header }))).toBe(fault)
  })

  it('is refused with a signature by the text of the public key, as HS256 would have it', () => {
    const signer = hs256(JSON.stringify(client.jwk))
    expect(read(client.prove({ now, header: { alg: 'HS256' }, signer }))).toBe('algorithm')
    expect(read(client.prove({ now, signer }))).toBe('signature')
  })

  it('is refused with a key that is too weak, or would keep us busy', () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'jwk' })
    expect(read(proofKey('RS256', weak).prove({ now }))).toBe('key')
    const rsa = proofKey('RS256')
    const slow = { ...rsa.jwk, e: String(rsa.jwk['n']) }
    expect(read(rsa.prove({ now, header: { jwk: slow } }))).toBe('key')
    const huge = { ...rsa.jwk, n: `${String(rsa.jwk['n'])}${String(rsa.jwk['n'])}` }
    expect(read(rsa.prove({ now, header: { jwk: huge } }))).toBe('key')
  })

  it.each([
    ['no jti', { jti: undefined }],
    ['an empty jti', { jti: '' }],
    ['a jti without end', { jti: 'x'.repeat(256) }],
    ['a jti that is no text', { jti: 7 }],
    ['no htm', { htm: undefined }],
    ['no htu', { htu: undefined }],
    ['no iat', { iat: undefined }],
    ['an iat that is text', { iat: '1767225600' }],
    ['an ath that is no text', { ath: 1 }],
    ['a nonce that is no text', { nonce: {} }],
  ])('is refused with %s', (_, claims) => {
    expect(read(client.prove({ now, claims }))).toBe('payload')
  })

  it('R175 A72 is refused where a member comes twice, at whatever depth', () => {
    const sign = signerOf(own)
    const key = JSON.stringify(client.jwk)
    const twice = `{"typ":"dpop+jwt","alg":"ES256","alg":"ES256","jwk":${key}}`
    const inside = `{"typ":"dpop+jwt","alg":"ES256","jwk":${key.replace('{', '{"kty":"EC",')}}`
    const claims = segment({ jti: 'a', htm: 'GET', htu: 'https://app.example/', iat: now / 1000 })
    expect(read(signed(`${segment(twice)}.${claims}`, sign))).toBe('format')
    expect(read(signed(`${segment(inside)}.${claims}`, sign))).toBe('format')
    const escaped = `{"jti":"a:\\"{","htm":"GET","htu":"https:\\/\\/app.example\\/","iat":${now / 1000}}`
    const [head] = client.prove({ now }).split('.')
    expect(read(signed(`${head}.${segment(escaped)}`, sign))).toMatchObject({ jti: 'a:"{' })
    const iat = `{"jti":"a","htm":"GET","htu":"https://app.example/","iat":1,"iat":${now / 1000}}`
    expect(read(signed(`${head}.${segment(iat)}`, sign))).toBe('payload')
  })

  it('is refused where it is no JWS, too long, or spelled in two ways', () => {
    const text = client.prove({ now })
    const [head, body, signature] = text.split('.')
    for (const bad of ['', 'a', '..', `${head}.${body}`, `${text}.x`, `${head}=.${body}.${signature}`])
      expect(read(bad)).toBe('format')
    expect(read(client.prove({ now, claims: { more: 'x'.repeat(4096) } }))).toBe('format')
    expect(read(`${text}=`)).toBe('signature')
    expect(read(`${segment('[]')}.${body}.${signature}`)).toBe('format')
    expect(read(`${segment(Buffer.from([0x7b, 0xff, 0x7d]))}.${body}.${signature}`)).toBe('format')
  })
})

describe('keys that were proved before', () => {
  it('R175 A72 are checked with as before: the signature must be theirs, and another algorithm is another key', () => {
    const keys = new ProofKeys()
    const { key, algorithm } = good(client.prove({ now }))
    keys.add(algorithm, key)
    expect(readProof(client.prove({ now }), publicAlgorithms, keys)).toMatchObject({ key, jkt: client.jkt })
    const forged = client.prove({ now, signer: signerOf(generateJwk('ES256')) })
    expect(readProof(forged, publicAlgorithms, keys)).toBe('signature')
    const withPrivate = client.prove({ now, header: { jwk: { ...client.jwk, d: own['d'] } } })
    expect(readProof(withPrivate, publicAlgorithms, keys)).toBe('key')
    expect(keys.find('EdDSA', client.jkt)).toBeUndefined()
  })

  it('are a thousand at most', () => {
    const keys = new ProofKeys()
    const { key } = good(client.prove({ now }))
    for (let count = 0; count < 5000; count++) keys.add('ES256', { ...key, jkt: `${count}` })
    expect(keys.size).toBeLessThanOrEqual(1000)
    expect(keys.find('ES256', '4999')).toBeDefined()
    expect(keys.find('ES256', '0')).toBeUndefined()
  })
})

describe('R176 the address in a proof', () => {
  it.each([
    ['https://app.example/a', true],
    ['HTTPS://App.EXAMPLE/a', true],
    ['https://app.example:443/a', true],
    ['https://app.example/a?x=1', true],
    ['https://app.example/a#part', true],
    ['https://app.example/./b/../a', true],
    ['https://app.example/%61', true],
    ['https://app.example/A', false],
    ['https://app.example/a/', false],
    ['https://app.example:8443/a', false],
    ['http://app.example/a', false],
    ['https://app.example.evil.example/a', false],
    ['https://user@app.example/a', false],
    ['https://app.example\\a', false],
    ['https:app.example/a', false],
    [' https://app.example/a', false],
    ['https://app.example/a\n', false],
    ['/a', false],
    ['ftp://app.example/a', false],
    [`https://app.example/a?${'x'.repeat(9000)}`, false],
  ])('%j is that of the request: %s', (htu, isSame) => {
    expect(normalTarget(htu) === 'https://app.example/a').toBe(isSame)
  })

  it('has escapes in one spelling, and none that would change what they mean', () => {
    expect(normalTarget('https://app.example/%7e%2f%c3%a9')).toBe('https://app.example/~%2F%C3%A9')
    expect(normalTarget('http://app.example:80')).toBe('http://app.example/')
  })

  it('is none with half an escape, which one that is written out would complete', () => {
    // Read once this is %Ca, and read twice it is another address.
    for (const path of ['%%43a', '%', '%4', '100%', '%zz'])
      expect(normalTarget(`https://app.example/${path}`)).toBeUndefined()
  })
})

describe('R176 R177 R178 a proof is for one request', () => {
  const accessToken = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'
  const request = { method: 'GET', targets: ['https://app.example/a'] }
  const judge = (claims: object, more: object = {}): unknown =>
    judgeProof(
      good(client.prove({ now, url: 'https://app.example/a', claims })),
      { ...request, ...more },
      60_000,
      now,
    )

  it('R176 with its method, to the letter', () => {
    expect(judge({})).toBeUndefined()
    for (const htm of ['POST', 'get', 'GET ']) expect(judge({ htm })).toBe('method')
  })

  it('R176 with its address, or one of the addresses that it is known by', () => {
    expect(judge({ htu: 'https://app.example/b' })).toBe('target')
    expect(
      judge({ htu: 'https://app.example/b' }, { targets: ['', 'https://app.example/b'] }),
    ).toBeUndefined()
    expect(judge({}, { targets: [''] })).toBe('target')
  })

  it('R177 from a minute before to a minute after it', () => {
    const at = now / 1000
    for (const iat of [at - 60, at, at + 60]) expect(judge({ iat })).toBeUndefined()
    for (const iat of [at - 61, at + 61, 0, at * 1000]) expect(judge({ iat })).toBe('time')
  })

  it('R178 with the digest of its access token, as RFC 9449 §7.1 has it', () => {
    const ath = 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo'
    expect(judge({ ath }, { accessToken })).toBeUndefined()
    expect(judge({}, { accessToken })).toBe('token')
    expect(judge({ ath: `${ath}=` }, { accessToken })).toBe('token')
    expect(judge({ ath }, { accessToken: `${accessToken}x` })).toBe('token')
  })

  it('R178 by the key that the token is bound to', () => {
    expect(judge({}, { jkt: client.jkt })).toBeUndefined()
    expect(judge({}, { jkt: proofKey().jkt })).toBe('other_key')
  })
})
