// Attacks on the keys, the algorithms and the signatures of access tokens.

import { Buffer } from 'node:buffer'
import { createPublicKey } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import { generateJwk, publicJwk } from '../../src/core/algorithms.ts'
import { toDer } from '../../src/core/der.ts'
import { algorithms, attacked, stolen, survivors, type Attacked } from '../support/attacked.ts'
import { hs256, jws, orderOfP256, segment, signed, signerOf, withRS } from '../support/forge.ts'

const own = generateJwk('ES256')
const junk = 'A'.repeat(86)
const named = (entries: readonly (readonly [string, string])[]): Record<string, string> =>
  Object.fromEntries(entries)

describe.each(algorithms)('against %s', (algorithm) => {
  let target: Attacked
  let head: string
  let body: string
  let tail: string

  beforeAll(async () => {
    target = await attacked(algorithm)
    ;[head, body, tail] = target.token.split('.') as [string, string, string]
  })

  it('the real token is accepted, and so is the same one with the signature of the stolen key', async () => {
    expect(await target.sojourn.verify(target.token)).toMatchObject({ subject: 'alice' })
    expect(await target.sojourn.verify(stolen(target, {}))).toMatchObject({ subject: 'alice' })
  })

  it('A1 R77: no algorithm at all, however it is written', async () => {
    const forged = ['none', 'None', 'nOnE', 'NONE', '', null].flatMap((alg) =>
      ['', '.', junk, tail].map((end) => {
        const header = segment({ ...target.header, alg })
        return [`${alg} with "${end.slice(0, 4)}"`, `${header}.${body}.${end}`] as const
      }),
    )
    expect(await survivors(target, named(forged))).toEqual([])
  })

  it('R78: an algorithm that only resembles ours', async () => {
    const { alg } = target.header
    const names = [
      String(alg).toLowerCase(),
      `${String(alg)} `,
      [alg],
      { toString: alg },
      256,
      true,
      `${String(alg)}\0`,
    ]
    const forged = names.map(
      (name) => [JSON.stringify(name), stolen(target, { header: { ...target.header, alg: name } })] as const,
    )
    expect(await survivors(target, named(forged))).toEqual([])
  })

  it('A3 A4 R80: the public key, in any spelling, taken for the secret of a MAC', async () => {
    // Of HS256 nothing is public; its stand-in is a key pair that has never been seen here.
    const key = createPublicKey({ key: target.publicJwk ?? publicJwk(own), format: 'jwk' })
    const pem = key.export({ type: 'spki', format: 'pem' }).toString()
    const der = key.export({ type: 'spki', format: 'der' })
    const texts = [
      pem,
      pem.trim(),
      `\n ${pem}`,
      `\uFEFF${pem}`,
      pem.replaceAll('\n', '\r\n'),
      der.toString('base64'),
    ]
    const secrets = [
      ...texts,
      der,
      JSON.stringify(key.export({ format: 'jwk' })),
      '',
      String(target.header['kid']),
    ]
    const forged = secrets.flatMap((secret, index) => [
      [`${index} as HS256`, jws({ ...target.header, alg: 'HS256' }, target.payload, hs256(secret))] as const,
      [`${index} under our header`, signed(`${head}.${body}`, hs256(secret))] as const,
    ])
    expect(await survivors(target, named(forged))).toEqual([])
  })

  it('A6 A8 R90: a key that the token brings along', async () => {
    const { d: _, ...jwk } = own
    const x5c = [Buffer.from('a certificate').toString('base64')]
    const headers = [{ jwk }, { jwk, kid: own['kid'] }, { x5c }, { x5t: 'AAAA' }, { 'x5t#S256': 'AAAA', x5c }]
    const forged = headers.flatMap((more, index) => [
      [
        `${index} as ES256`,
        jws({ ...target.header, alg: 'ES256', ...more }, target.payload, signerOf(own)),
      ] as const,
      [`${index} over our own`, stolen(target, { header: { ...target.header, ...more } })] as const,
    ])
    expect(await survivors(target, named(forged))).toEqual([])
  })

  it('A7 R90: the address of a key, which nobody visits', async () => {
    let hits = 0
    const server = createServer((_, response) => {
      hits++
      response.end(JSON.stringify({ keys: [publicJwk(own)] }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const urls = [
      `http://127.0.0.1:${port}/jwks`,
      `https://app.example@127.0.0.1:${port}/jwks`,
      'file:///etc/passwd',
    ]
    const forged = urls.flatMap((url) =>
      ['jku', 'x5u'].flatMap((member) => [
        [
          `${member} ${url}`,
          jws({ ...target.header, kid: own['kid'], [member]: url }, target.payload, signerOf(own)),
        ] as const,
        [
          `${member} ${url} over our own`,
          stolen(target, { header: { ...target.header, [member]: url } }),
        ] as const,
      ]),
    )
    expect(await survivors(target, named(forged))).toEqual([])
    expect(hits).toBe(0)
    await new Promise((resolve) => server.close(resolve))
  })

  it('A9 A10 R91: a kid that is a path, a query, a command, inherited, huge, or no text', async () => {
    const paths = [
      '../../dev/null',
      '/dev/null',
      "' OR 1=1--",
      "x' UNION SELECT 'key",
      '|sleep 5',
      '$(id)',
      '*)(uid=*',
    ]
    const inherited = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    const sized = ['', '\0', 'k'.repeat(6000), 'k'.repeat(100_000)]
    const values: unknown[] = [0, 1, true, null, {}, [], [target.header['kid']], { toString: 'x' }]
    const kids = values.concat(paths, inherited, sized)
    const forged = kids.flatMap((kid, index) => [
      [`${index} signed`, stolen(target, { header: { ...target.header, kid } })] as const,
      [
        `${index} under nothing`,
        jws({ ...target.header, alg: 'HS256', kid }, target.payload, hs256('')),
      ] as const,
    ])
    expect(await survivors(target, named(forged))).toEqual([])
  })

  it('A31 R92: another type of token, whoever signed it', async () => {
    const types = [
      'JWT',
      'jwt',
      'AT+JWT',
      'application/jwt',
      'logout+jwt',
      'dpop+jwt',
      'dbsc+jwt',
      'secevent+jwt',
    ]
    types.push('statuslist+jwt', 'token-introspection+jwt', 'at+jwt ', '')
    const forged = types.map((typ) => [typ, stolen(target, { header: { ...target.header, typ } })] as const)
    const { typ: _, ...untyped } = target.header
    expect(
      await survivors(target, { ...named(forged), untyped: stolen(target, { header: untyped }) }),
    ).toEqual([])
  })

  it('R105 R117: a wrong signature under every right header, with the answer that they all get', async () => {
    const forged = {
      junk: `${head}.${body}.${junk}`,
      'of another token': `${head}.${body}.${stolen(target, { payload: { ...target.payload, sub: 'bob' } }).split('.')[2]}`,
      'over another payload': `${head}.${segment({ ...target.payload, sub: 'admin' })}.${tail}`,
      'by another key': jws(target.header, target.payload, signerOf(own)),
      'of the payload alone': `${head}.${body}.${target.sign(body).toString('base64url')}`,
      zeros: `${head}.${body}.${Buffer.alloc(64).toString('base64url')}`,
    }
    expect(await survivors(target, forged)).toEqual([])
  })
})

describe('against ES256 alone', () => {
  let target: Attacked
  beforeAll(async () => {
    target = await attacked('ES256')
  })

  it('A12 R83: signatures whose numbers are zero, too large, too long, or DER', async () => {
    const n = orderOfP256
    const resigned = (change: (signature: Buffer) => Buffer): string =>
      jws(target.header, target.payload, (input) => change(target.sign(input)))
    const forged = {
      'r = s = 0': resigned((raw) => withRS(raw, () => [0n, 0n])),
      'r = 0': resigned((raw) => withRS(raw, (_, s) => [0n, s])),
      's = 0': resigned((raw) => withRS(raw, (r) => [r, 0n])),
      'r = n': resigned((raw) => withRS(raw, (_, s) => [n, s])),
      's = n': resigned((raw) => withRS(raw, (r) => [r, n])),
      'one byte more': resigned((raw) => Buffer.concat([raw, Buffer.alloc(1)])),
      'one byte less': resigned((raw) => raw.subarray(0, 63)),
      'zeros before': resigned((raw) => Buffer.concat([Buffer.alloc(64), raw])),
      DER: resigned((raw) => Buffer.from(toDer(raw))),
    }
    expect(await survivors(target, forged)).toEqual([])
  })

  it('A13 R100: the twin of a signature does not survive its session', async () => {
    const { token, sojourn, sessionId } = target
    const [head, body, tail] = token.split('.') as [string, string, string]
    const twin = withRS(Buffer.from(tail, 'base64url'), (r, s) => [r, orderOfP256 - s]).toString('base64url')
    expect(await sojourn.verify(`${head}.${body}.${twin}`)).toMatchObject({ sessionId })
    await sojourn.revoke(sessionId)
    expect(await survivors(target, { token, twin: `${head}.${body}.${twin}` })).toEqual([])
  })
})
