import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mintAccessToken, longestAccessToken, reservedClaims } from '../../src/core/access-token.ts'
import { generateJwk, signingKey } from '../../src/core/algorithms.ts'
import { checkClaims, checkData, type StandardSchema } from '../../src/core/schema.ts'

type Result = Awaited<ReturnType<StandardSchema['~standard']['validate']>>

function schemaOf<T>(validate: (value: unknown) => Result | Promise<Result>): StandardSchema<T> {
  return {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: validate as StandardSchema<T>['~standard']['validate'],
    },
  }
}

const invalid = (detail: RegExp | string): unknown =>
  expect.objectContaining({ code: 'claims_invalid', detail: expect.stringMatching(detail) })

const nested = (levels: number): object => {
  let value = {}
  for (let level = 0; level < levels; level++) value = { deeper: value }
  return value
}

describe('the facts of a session', () => {
  it('are kept as JSON makes them, so that they read the same before and after the store', async () => {
    const facts = fc.dictionary(
      fc.string().filter((name) => name !== '__proto__' && !reservedClaims.has(name)),
      fc.anything({
        maxDepth: 3,
        withDate: true,
        withNullPrototype: true,
        withUndefined: true,
      } as fc.ObjectConstraints),
      { maxKeys: 5 },
    )
    await fc.assert(
      fc.asyncProperty(facts, async (value) => {
        const kept = await checkClaims(value, undefined).catch(() => ({}))
        expect(kept).toEqual(JSON.parse(JSON.stringify(kept)))
      }),
    )
  })

  it('are what the schema makes of them, with its defaults', async () => {
    const schema = schemaOf<{ role: string }>((value) => ({
      value: { role: 'reader', ...(value as object) },
    }))
    expect(await checkClaims({}, schema)).toEqual({ role: 'reader' })
    expect(await checkData({ role: 'owner' }, schema)).toEqual({ role: 'owner' })
  })

  it('may be checked by a schema that takes its time', async () => {
    const schema = schemaOf(async (value) => ({ value }))
    expect(await checkClaims({ role: 'reader' }, schema)).toEqual({ role: 'reader' })
  })

  it('are refused with every fault that the schema names, and where it is', async () => {
    const issues = [
      { message: 'is no role', path: ['role'] },
      { message: 'is too long', path: [{ key: 'teams' }, 0, 'name'] },
      { message: 'is missing something' },
    ]
    await expect(
      checkClaims(
        {},
        schemaOf(() => ({ issues })),
      ),
    ).rejects.toEqual(
      invalid('claims.role: is no role; claims.teams.0.name: is too long; claims: is missing something'),
    )
  })

  it.each<[string, unknown]>([
    ['a text', 'admin'],
    ['a list', ['admin']],
    ['nothing', null],
    ['a number', 5],
    // It was kept as a text: JSON makes one of a date.
    ['a date', new Date(0)],
    ['what JSON makes a list of', { toJSON: () => [] }],
    ['what JSON makes nothing of', { toJSON: () => undefined }],
  ])('are refused when they are %s', async (_, value) => {
    await expect(checkClaims(value, undefined)).rejects.toEqual(invalid(/^claims must be/))
    await expect(checkData(value, undefined)).rejects.toEqual(invalid(/^data must be/))
  })

  it('are refused when JSON cannot spell them', async () => {
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    await expect(checkData(cycle, undefined)).rejects.toEqual(invalid('without cycles'))
    await expect(checkData({ big: 1n }, undefined)).rejects.toEqual(invalid('must be JSON'))
  })

  it('R212 are refused when they are nested deeper than 16 levels, however deep (A33)', async () => {
    expect(await checkData(nested(15), undefined)).toEqual(nested(15))
    await expect(checkData(nested(16), undefined)).rejects.toEqual(invalid('nested deeper'))
    await expect(checkData(nested(2000), undefined)).rejects.toEqual(invalid('nested deeper'))
    await expect(checkData(nested(10_000), undefined)).rejects.toEqual(invalid(/data/))
  })

  it('R212 A55 cannot change what every object inherits (A38, R106)', async () => {
    for (const text of ['{"__proto__":{"admin":true}}', '{"a":{"__proto__":{"admin":true}}}']) {
      await expect(checkData(JSON.parse(text), undefined)).rejects.toEqual(invalid('__proto__'))
    }
    expect(
      await checkData(JSON.parse('{"a":{"constructor":{"prototype":{"admin":true}}}}'), undefined),
    ).toBeTruthy()
    expect({}).not.toHaveProperty('admin')
  })
})

describe('claims', () => {
  it('may not have a name that means something in a JWT', async () => {
    await expect(checkClaims({ sub: 'x', role: 'y', exp: 1 }, undefined)).rejects.toEqual(
      invalid('claims must not have the reserved names sub, exp.'),
    )
    for (const name of reservedClaims) {
      const claims = Object.defineProperty({}, name, { value: 1, enumerable: true })
      await expect(checkClaims(claims, undefined)).rejects.toEqual(invalid(/reserved|__proto__/))
    }
  })

  it('R212 fill at most 2,048 bytes, whatever they are written in', async () => {
    const filled = (text: string, times: number): object => ({ a: text.repeat(times) })
    expect(await checkClaims(filled('a', 2040), undefined)).toBeTruthy()
    await expect(checkClaims(filled('a', 2041), undefined)).rejects.toEqual(
      invalid('claims has 2049 bytes; at most 2048 fit'),
    )
    // Characters were counted: 2,000 of three bytes each made tokens that no browser keeps in a cookie.
    await expect(checkClaims(filled('語', 700), undefined)).rejects.toEqual(invalid('claims has 2108 bytes'))
    expect(await checkClaims(filled('語', 680), undefined)).toBeTruthy()
  })

  it('as large as they may be fit a cookie and a verifier, with the longest signature', async () => {
    const claims = await checkClaims({ a: 'a'.repeat(2040) }, undefined)
    const site = 'https://accounts.app.example'
    const names = { iss: site, sub: 'b0a3f6f4-6c0e-4a5e-9d59-0f5f6d1e7a11', aud: site, client_id: site }
    const times = { iat: 1_800_000_000, exp: 1_800_000_300, auth_time: 1_800_000_000 }
    const session = {
      jti: 'A'.repeat(22),
      sid: 'A'.repeat(32),
      gen: 1000,
      ver: 1000,
      amr: ['pwd', 'otp'],
      acr: 'aal2',
    }
    const key = signingKey(generateJwk('RS256'))
    const token = mintAccessToken({ ...names, ...times, ...session, ...(claims as object) }, key)
    expect(token.length).toBeLessThan(4096 - '__Host-access='.length)
    expect(token.length).toBeLessThan(longestAccessToken)
  })
})

describe('data', () => {
  it('may have any names, and fill 65,536 bytes', async () => {
    expect(await checkData({ sub: 'x', exp: 1 }, undefined)).toEqual({ sub: 'x', exp: 1 })
    expect(await checkData({ a: 'a'.repeat(65_528) }, undefined)).toBeTruthy()
    await expect(checkData({ a: 'a'.repeat(65_529) }, undefined)).rejects.toEqual(
      invalid('data has 65537 bytes'),
    )
  })
})
