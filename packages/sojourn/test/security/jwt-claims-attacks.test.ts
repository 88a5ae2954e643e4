// Attacks on what access tokens say. Each is signed with the stolen key, so that only its claims can give it away.

import { Buffer } from 'node:buffer'
import { beforeAll, describe, expect, it } from 'vitest'
import { algorithms, attacked, audience, stolen, survivors, type Attacked } from '../support/attacked.ts'
import { opened, signed } from '../support/forge.ts'
import { issuer } from '../support/secrets.ts'

const named = (entries: readonly (readonly [string, string])[]): Record<string, string> =>
  Object.fromEntries(entries)

describe.each(algorithms)('against %s', (algorithm) => {
  let target: Attacked
  let text: string

  beforeAll(async () => {
    target = await attacked(algorithm)
    text = JSON.stringify(target.payload)
  })

  /** Tokens that say each of these instead of what the real one says. Undefined leaves a claim out. */
  const saying = (claims: readonly object[]): Record<string, string> =>
    named(
      claims.map((change) => [
        JSON.stringify(change),
        stolen(target, { payload: { ...target.payload, ...change } }),
      ]),
    )
  const iat = (): number => Number(target.payload['iat'])

  it('A18 R86: a claim that occurs twice, or is spelled in another way', async () => {
    const forged = {
      sub: stolen(target, { payload: text.replace('{', '{"sub":"admin",') }),
      'sub, last': stolen(target, { payload: text.replace(/}$/, ',"sub":"admin"}') }),
      exp: stolen(target, { payload: text.replace(/}$/, ',"exp":9999999999}') }),
      aud: stolen(target, { payload: text.replace('{', '{"aud":"https://evil.example",') }),
      role: stolen(target, { payload: text.replace(/}$/, ',"role":"reader"}') }),
      escaped: stolen(target, { payload: text.replace('"sub"', String.raw`"\u0073ub"`) }),
      'with spaces': stolen(target, { payload: text.replaceAll(',', ', ') }),
      indented: stolen(target, { payload: JSON.stringify(target.payload, undefined, 2) }),
      'with a line break': stolen(target, { payload: `${text}\n` }),
      'with a comment': stolen(target, { payload: `${text}//` }),
      'twice over': stolen(target, { payload: text + text }),
    }
    expect(await survivors(target, forged)).toEqual([])
  })

  it('A25 R89: claims that are not UTF-8, or begin with a byte order mark', async () => {
    const bytes = Buffer.from(text)
    const inSub = bytes.indexOf('alice')
    const broken = (byte: number): Buffer =>
      Buffer.concat([bytes.subarray(0, inSub), Buffer.of(byte), bytes.subarray(inSub)])
    const forged = {
      mark: stolen(target, { payload: `\uFEFF${text}` }),
      'UTF-16': stolen(target, { payload: Buffer.from(text, 'utf16le') }),
      '0xff in sub': stolen(target, { payload: broken(0xff) }),
      'half a character': stolen(target, { payload: broken(0xc3) }),
      'a surrogate': stolen(target, {
        payload: Buffer.concat([
          bytes.subarray(0, inSub),
          Buffer.of(0xed, 0xa0, 0x80),
          bytes.subarray(inSub),
        ]),
      }),
      'an overlong slash': stolen(target, {
        payload: Buffer.concat([bytes.subarray(0, inSub), Buffer.of(0xc0, 0xaf), bytes.subarray(inSub)]),
      }),
      'a bare control character': stolen(target, { payload: broken(0x01) }),
    }
    expect(await survivors(target, forged)).toEqual([])
  })

  it('A26 R89: claims that are no object', async () => {
    const payloads = [
      '[1]',
      '"x"',
      '5',
      'null',
      'true',
      '',
      '{}',
      '[]',
      '{',
      '\0',
      `[${text}]`,
      JSON.stringify(text),
    ]
    expect(
      await survivors(target, named(payloads.map((payload) => [payload, stolen(target, { payload })]))),
    ).toEqual([])
  })

  it('A27 R95: an expiry that is missing, no number, endless, or in milliseconds', async () => {
    const values = [
      undefined,
      null,
      String(iat() + 300),
      '',
      true,
      [iat() + 300],
      {},
      -1,
      0,
      iat() + 300.5,
      1e300,
    ]
    values.push((iat() + 300) * 1000, Number.MAX_SAFE_INTEGER, 253_402_300_800)
    const spelled = [
      '1e400',
      '-1e400',
      'NaN',
      'Infinity',
      '1e10',
      '9999999999.0',
      '0x7fffffff',
      '+9999999999',
      '-0',
    ]
    const raw = spelled.map(
      (exp) => [exp, stolen(target, { payload: text.replace(/"exp":\d+/, `"exp":${exp}`) })] as const,
    )
    expect(await survivors(target, { ...saying(values.map((exp) => ({ exp }))), ...named(raw) })).toEqual([])
  })

  it('A28 R97: a beginning in the future, beyond what clocks may differ', async () => {
    const later = [11, 300, 600, 86_400].flatMap((seconds) => [
      { iat: iat() + seconds, exp: iat() + seconds + 300 },
      { nbf: iat() + seconds },
    ])
    const none = [undefined, null, 'now', -1, 0.5, [iat()]].map((value) => ({ iat: value }))
    const odd = [null, 'now', -1, 0.5, {}].map((nbf) => ({ nbf }))
    expect(await survivors(target, saying([...later, ...none, ...odd]))).toEqual([])
  })

  it('A29 R98: an issuer that is a list, or only resembles ours', async () => {
    const issuers = [
      undefined,
      null,
      '',
      [issuer],
      [issuer, 'https://evil.example'],
      { toString: issuer },
      `${issuer}/`,
    ]
    issuers.push(
      `${issuer} `,
      issuer.toUpperCase(),
      `${issuer}.evil.example`,
      `${issuer}\0`,
      issuer.replace('https', 'http'),
    )
    expect(await survivors(target, saying(issuers.map((iss) => ({ iss }))))).toEqual([])
  })

  it('A30 A32 R99: an audience that is missing, another, or only begins like ours', async () => {
    const audiences: unknown[] = [
      undefined,
      null,
      '',
      [],
      {},
      ['https://other.example'],
      [audience, 'x'],
      { 0: audience },
    ]
    audiences.push(
      `${audience}/`,
      `${audience}.evil.example`,
      audience.slice(0, -1),
      issuer,
      'https://tenant-b.example',
    )
    expect(await survivors(target, saying(audiences.map((aud) => ({ aud }))))).toEqual([])
  })

  it('A31 R93: another kind of token that we or an identity provider would sign with the same key', async () => {
    const { iss, aud, iat: issuedAt, exp, jti, sid } = target.payload
    const common = { iss, aud, iat: issuedAt, exp, jti }
    const kinds = {
      'ID token': { ...common, sub: 'alice', nonce: 'n', auth_time: issuedAt },
      'logout token': {
        ...common,
        sid,
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      },
      'DPoP proof': { htm: 'GET', htu: 'https://api.example/', iat: issuedAt, jti },
      'status list': {
        iss,
        sub: 'https://app.example/status/1',
        iat: issuedAt,
        exp,
        status_list: { bits: 1, lst: 'eNrbuRgAAhcBXQ' },
      },
      introspection: { ...common, token_introspection: { active: true, sub: 'alice' } },
      'refresh token': { ...common, sub: 'alice', sid, typ: 'Refresh' },
    }
    const forged = Object.entries(kinds).map(
      ([name, payload]) => [name, stolen(target, { payload })] as const,
    )
    const issued = await target.sojourn.create({ subject: 'bob' })
    const ours = {
      'session token': issued.sessionToken,
      'CSRF token': target.sojourn.csrf.issue(issued.session.id),
    }
    expect(await survivors(target, { ...named(forged), ...ours })).toEqual([])
  })

  it('claims of ours that have the wrong type', async () => {
    const changes = ['sub', 'sid', 'jti'].flatMap((name) =>
      [undefined, null, '', 5, [], {}].map((value) => ({ [name]: value })),
    )
    const counts = ['gen', 'ver', 'auth_time'].flatMap((name) =>
      [undefined, null, '1', -1, 0.5, 2 ** 53, []].map((value) => ({ [name]: value })),
    )
    const proofs = [
      { amr: 'pwd' },
      { amr: [1] },
      { amr: {} },
      { amr: null },
      { acr: 5 },
      { acr: null },
      { acr: [] },
    ]
    expect(await survivors(target, saying([...changes, ...counts, ...proofs]))).toEqual([])
  })

  it('A33 R102: claims that are nested thousands of levels deep', async () => {
    const deep = (levels: number): string =>
      text.replace(/}$/, `,"a":${'['.repeat(levels)}${']'.repeat(levels)}}`)
    const [head] = target.token.split('.') as [string]
    const unsigned = (levels: number): string =>
      signed(`${head}.${Buffer.from(deep(levels)).toString('base64url')}`, () => Buffer.alloc(64))
    expect(
      await survivors(target, {
        '2,500 levels': unsigned(2500),
        '10,000 levels': stolen(target, { payload: deep(10_000) }),
      }),
    ).toEqual([])
    // With our own signature they are what we would write, and do nobody any harm.
    expect(await target.sojourn.verify(stolen(target, { payload: deep(1000) }))).toHaveProperty(
      'subject',
      'alice',
    )
  })

  it('A38 R106: claims that would change what every object inherits', async () => {
    const own = text.replace(
      /}$/,
      ',"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"toString":"x"}',
    )
    const access = await target.sojourn.verify(stolen(target, { payload: own }))
    expect({}).not.toHaveProperty('admin')
    expect(access.claims).not.toHaveProperty('admin')
    expect(Object.keys(access.claims)).toEqual(['role', 'toString'])
    expect(Object.getPrototypeOf(access.claims)).toBe(Object.prototype)
  })

  it('R94 R118: they say what RFC 9068 asks for, and nothing of what stays on the server', () => {
    const { payload } = opened(target.token)
    const asked = ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti', 'auth_time']
    expect(Object.keys(payload)).toEqual(expect.arrayContaining(asked))
    expect(JSON.stringify(payload)).not.toContain('4111')
    expect(
      Object.keys(payload)
        .filter((name) => !asked.includes(name))
        .toSorted(),
    ).toEqual(['gen', 'role', 'sid', 'ver'])
  })
})

describe.each(algorithms)('the cache of %s', (algorithm) => {
  it('A39 R107: never crosses users, and lets go of a token at its expiry, at its revocation and with its key', async () => {
    const { sojourn, clock, token, sessionId, payload } = await attacked(algorithm)
    const bob = await sojourn.create({ subject: 'bob' })
    const [head, body] = token.split('.')
    const [, bobsBody, bobsTail] = bob.accessToken.split('.')
    for (let round = 0; round < 3; round++) {
      expect((await sojourn.verify(token)).subject).toBe('alice')
      expect((await sojourn.verify(bob.accessToken)).subject).toBe('bob')
      // The end of the one with the claims of the other: what a careless cache would find.
      await expect(sojourn.verify(`${head}.${body}.${bobsTail}`)).rejects.toHaveProperty(
        'code',
        'token_rejected',
      )
      await expect(sojourn.verify(`${head}.${bobsBody}.${token.split('.')[2]}`)).rejects.toHaveProperty(
        'code',
        'token_rejected',
      )
    }
    await sojourn.revoke(sessionId)
    await expect(sojourn.verify(token)).rejects.toHaveProperty('code', 'token_rejected')
    expect((await sojourn.verify(bob.accessToken)).subject).toBe('bob')
    clock.pass(Number(payload['exp']) - clock() / 1000)
    await expect(sojourn.verify(bob.accessToken)).rejects.toHaveProperty('code', 'token_rejected')
  })
})

describe.each(algorithms.filter((name) => name !== 'HS256'))('the key pairs of %s', (algorithm) => {
  it('R107: let go of every token when they are replaced at once', async () => {
    const { sojourn, token } = await attacked(algorithm)
    await sojourn.verify(token)
    await sojourn.keys.rotate({ atOnce: true })
    await expect(sojourn.verify(token)).rejects.toHaveProperty('code', 'token_rejected')
  })
})
