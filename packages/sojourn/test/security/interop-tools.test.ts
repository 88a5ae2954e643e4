// What other languages make of our tokens, and what we make of theirs: PyJWT, jwcrypto and Authlib of Python, and the
// program `jose`, as Debian has them.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { beforeAll, describe, expect, it } from 'vitest'

import { has, program } from '../../../../tools/services.mjs'
import { verifyingKey, type Jwk } from '../../src/core/algorithms.ts'
import { createSojourn } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { issuer, secret } from '../support/secrets.ts'

const audience = 'https://api.example'
/** Those that all of them know; `Ed25519` as a name of its own is too new for them. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const
const libraries = ['PyJWT', 'jwcrypto', 'Authlib'] as const

interface Told {
  readonly verified: readonly { library: string; alg: string; claims: Readonly<Record<string, unknown>> }[]
  readonly minted: readonly { library: string; alg: string; token: string; jwk: Jwk }[]
}

async function minted(algorithm: (typeof algorithms)[number]): Promise<{ token: string; jwk: Jwk }> {
  const sojourn = createSojourn({
    issuer,
    audience,
    secrets: [secret()],
    environment: 'test',
    store: memoryStore(),
    algorithm,
  })
  const { accessToken } = await sojourn.create({ subject: 'alice', claims: { role: 'reader' } })
  const { keys } = await sojourn.keys.jwks()
  sojourn.close()
  return { token: accessToken, jwk: keys[0]! }
}

const python = ['python3-jwt', 'python3-jwcrypto', 'python3-authlib'] as const

describe.skipIf(!python.every(has))('R119 tokens between Sojourn and Python', () => {
  let told: Told

  beforeAll(async () => {
    const tokens = []
    for (const alg of algorithms) tokens.push({ alg, ...(await minted(alg)) })
    const now = Math.floor(Date.now() / 1000)
    const claims = { sub: 'bob' }
    const input = JSON.stringify({ issuer, audience, now, tokens, claims })
    const script = join(import.meta.dirname, 'interop.py')
    told = JSON.parse(execFileSync('/usr/bin/python3', [script], { input, encoding: 'utf8' })) as Told
  })

  describe.each(libraries)('%s', (library) => {
    it.each(algorithms)('verifies ours with %s', (alg) => {
      const found = told.verified.find((one) => one.library === library && one.alg === alg)
      expect(found?.claims).toMatchObject({ sub: 'alice', role: 'reader', iss: issuer, aud: audience })
    })

    // Tokens of others are none of ours (the header is accepted to the letter), but their signatures are good.
    it.each(algorithms)('signs with %s what we verify', (alg) => {
      const { token, jwk } = told.minted.find((one) => one.library === library && one.alg === alg)!
      const [header = '', payload = '', signature = ''] = token.split('.')
      const key = verifyingKey(jwk)
      if (typeof key === 'string') throw new Error(`The key ${key}`)
      expect(key.verify(`${header}.${payload}`, signature)).toBe(true)
      expect(key.verify(`${header}.${payload}x`, signature)).toBe(false)
    })
  })
})

describe.skipIf(!has('jose'))('R119 the program jose', () => {
  it.each(['RS256', 'PS256', 'ES256'] as const)('verifies ours with %s', async (alg) => {
    const { token, jwk } = await minted(alg)
    const folder = mkdtempSync(join(tmpdir(), 'sojourn-'))
    const key = join(folder, 'key.jwk')
    writeFileSync(key, JSON.stringify(jwk))
    const words = ['jws', 'ver', '-i', '-', '-k', key, '-O', '-']
    const said = execFileSync(program('jose')!, words, { input: token, encoding: 'utf8' })
    rmSync(folder, { recursive: true })
    expect(JSON.parse(said)).toMatchObject({ sub: 'alice', role: 'reader' })
  })
})
