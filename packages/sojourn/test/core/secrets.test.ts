import { Buffer } from 'node:buffer'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { generateJwk, publicJwk } from '../../src/core/algorithms.ts'
import { secretFault } from '../../src/core/secret-fault.ts'
import { deriveKeys, requireKeys } from '../../src/core/secrets.ts'
import { issuer, secret } from '../support/secrets.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const data = Buffer.from('data')

function faultsOf(secrets: unknown): string[] {
  const faults: string[] = []
  deriveKeys(secrets as string[], issuer, 'test', faults)
  return faults
}

describe('a secret', () => {
  it('is fit when it is 32 random bytes, in base64url, base64 or hexadecimal', () => {
    for (let time = 0; time < 3000; time++) {
      const bytes = randomBytes(32)
      for (const spelling of ['base64url', 'base64', 'hex'] as const) {
        expect(secretFault(bytes.toString(spelling))).toBeUndefined()
      }
    }
  })

  it('is fit when it is longer than that', () => {
    for (const length of [33, 48, 64, 128]) {
      expect(secretFault(randomBytes(length).toString('base64url'))).toBeUndefined()
    }
  })

  it('is told how to be made when it is missing', () => {
    expect(faultsOf([undefined])).toEqual([
      'secrets[0] is missing; make one with: npx sojourn keys generate-secret',
    ])
    expect(faultsOf([''])[0]).toContain('is missing')
    expect(faultsOf([])[0]).toContain('secrets is empty')
  })

  // `secrets: process.env.SECRET` threw "secrets.forEach is not a function".
  it.each([[secret()], [undefined], [null], [{ 0: secret() }]])(
    'is told to come in a list: %o',
    (secrets) => {
      expect(faultsOf(secrets)[0]).toMatch(/^secrets is not a list/)
    },
  )

  it('is refused with fewer characters than 32 random bytes have (A11, R81)', () => {
    const short = randomBytes(31).toString('base64url')
    expect(secretFault(short)).toBe('has 42 characters; 32 random bytes in base64url have 43')
    for (const known of [
      'a',
      'secret',
      'changeme',
      'your-256-bit-secret',
      'r9iMKoe5CRMgvJBBtp4HrqN7QiPpUToj',
    ]) {
      expect(secretFault(known)).toContain('characters')
    }
  })

  it.each([
    ['one character', 'a'.repeat(64)],
    ['a word over and over', 'supersecret'.repeat(8)],
    ['a word over and over, cut', 'test123-test123-test123-test123-test123-test123-test123'],
    ['half of it over again', secret().slice(0, 22).repeat(2)],
    ['the digits', '0123456789'.repeat(6)],
    ['a sentence', 'this is what signs all of our tokens and so on'],
    ['a secret that says so', 'S3cr3t-JWT-Secret-do-NOT-use-9fKq82LmZx07vB4h'],
    ['a walk over the keyboard', '1q2w3e4r5t6y7u8i9o0p1q2w3e4r5t6y7u8i9o0p1q2w3e'],
    ['a placeholder', '<random_string_at_least_32_characters_long!!>'],
    ['a padded name', `3swsq0g6jpw${'0'.repeat(60)}`],
    ['the alphabets', 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'],
    ['the alphabet of base64url', 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'],
    ['the alphabet backwards', 'zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA9876543210'],
    ['every second letter', 'acegikmoqsuwyACEGIKMOQSUWY0246813579bdfhjlnprtvxzBDFHJLNPRTVXZ'],
    ['the keyboard', 'qwertyuiopasdfghjklzxcvbnm1234567890QWERTYUIOPASDFGHJKLZXCVBNM'],
    ['the keyboard backwards', 'mnbvcxzlkjhgfdsapoiuytrewq0987654321MNBVCXZLKJHGFDSAPOIUYTREWQ'],
    ['a sentence in base64', 'bG9jYWwtZGV2ZWxvcG1lbnQta2V5LXBsZWFzZS1yZXBsYWNlIQ=='],
    ['what was typed, in hexadecimal', '404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970'],
  ])('is refused when it is %s (A11, R81)', (_, predictable) => {
    expect(predictable.length).toBeGreaterThanOrEqual(43)
    expect(secretFault(predictable)).toBe('is too predictable')
  })

  it.each([
    ['RFC 7515', 'AyM1SysPPbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow'],
    ['RFC 7520', 'hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg'],
    ['a tutorial', '3cfa76ef14937c1c0ea519f8fc057a80fcd04a7420f8e8bcd0a7567c272e007b'],
  ])('is refused when %s has printed it, in whatever base64 or case (A11, R81, R216)', (_, printed) => {
    const spellings = [printed, printed.toUpperCase(), `${printed}==`]
    spellings.push(printed.replaceAll('-', '+').replaceAll('_', '/'))
    for (const spelling of spellings)
      expect(secretFault(spelling)).toBe('has been published, so everybody has it')
  })

  it('is never a key, public or private, however it is written (A3, A4, R80)', () => {
    const pairs = [
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      generateKeyPairSync('ed25519'),
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ]
    for (const { publicKey, privateKey } of pairs) {
      const pems = [
        publicKey.export({ type: 'spki', format: 'pem' }),
        privateKey.export({ type: 'pkcs8', format: 'pem' }),
      ].map(String)
      const ders = [
        publicKey.export({ type: 'spki', format: 'der' }),
        privateKey.export({ type: 'pkcs8', format: 'der' }),
      ]
      const jwks = [publicKey.export({ format: 'jwk' }), privateKey.export({ format: 'jwk' })]
      const spellings = [
        ...pems.flatMap((pem) => [
          pem,
          `\n \t${pem}`,
          `\uFEFF${pem}`,
          pem.replaceAll('\n', '\r\n'),
          pem.replaceAll('\n', ''),
        ]),
        ...ders.flatMap((der) =>
          (['base64', 'base64url', 'hex'] as const).map((spelling) => der.toString(spelling)),
        ),
        ...pems.map((pem) => pem.replace(/-----.*?-----/g, '').trim()),
        ...jwks.flatMap((jwk) => [JSON.stringify(jwk), JSON.stringify(jwk, undefined, 2)]),
      ]
      for (const text of spellings)
        expect([text, secretFault(text)]).toEqual([text, 'is a key file, not a secret'])
    }
    expect(secretFault(JSON.stringify(publicJwk(generateJwk('ES256'))))).toContain('key file')
    expect(secretFault(`ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${secret()}`)).toContain('key file')
  })

  it('is refused when it has white space, which random bytes in base64url have not', () => {
    expect(secretFault('correct horse battery staple correct horse battery')).toMatch(/white space/)
  })
})

describe('a list of secrets', () => {
  it('is refused with every fault at once, and without quoting a secret', () => {
    const weak = 'the same words and the same words and the same'
    const faults = faultsOf([secret(1), undefined, weak, secret(1), 'short-secret'])
    expect(faults.map((fault) => fault.split(';')[0])).toEqual([
      'secrets[1] is missing',
      'secrets[2] is too predictable',
      'secrets[3] is the same as an earlier one',
      'secrets[4] has 12 characters',
    ])
    for (const text of [weak, secret(1), 'short-secret']) expect(faults.join('\n')).not.toContain(text)
  })

  it('gives the keys of each, in the same order', () => {
    const both = requireKeys([secret(1), secret(2)], issuer, 'test')
    const single = [1, 2].map((n) => requireKeys([secret(n)], issuer, 'test')[0]!)
    expect(both.map(({ accessKey }) => hex(accessKey))).toEqual(single.map(({ accessKey }) => hex(accessKey)))
  })

  it('throws one config_invalid when keys are required of unfit ones', () => {
    expect(() => requireKeys(['short', ''], issuer, 'test')).toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        message: expect.stringMatching(/secrets\[0\][^]*secrets\[1\]/),
      }),
    )
  })
})

describe('the keys of a secret', () => {
  const fingerprint = (of: string, at: string, environment: string): string[] => {
    const [keys] = requireKeys([of], at, environment)
    const { sessionMac, csrfMac, deviceMac, accessKey, vaultKey } = keys!
    return [sessionMac(data), csrfMac(data), deviceMac(data), accessKey, vaultKey].map(hex)
  }

  it('are different for each purpose', () => {
    expect(new Set(fingerprint(secret(), issuer, 'test')).size).toBe(5)
  })

  it('are different for each issuer and environment, so that staging means nothing in production', () => {
    const all = [
      fingerprint(secret(), issuer, 'test'),
      fingerprint(secret(), issuer, 'production'),
      fingerprint(secret(), 'https://other.example', 'test'),
      fingerprint(secret(2), issuer, 'test'),
    ]
    expect(new Set(all.flat()).size).toBe(20)
  })

  it('are the same on every node and after every restart', () => {
    fc.assert(
      fc.property(fc.webUrl(), fc.string({ minLength: 1 }), (at, environment) => {
        expect(fingerprint(secret(), at, environment)).toEqual(fingerprint(secret(), at, environment))
      }),
      { numRuns: 20 },
    )
  })
})
