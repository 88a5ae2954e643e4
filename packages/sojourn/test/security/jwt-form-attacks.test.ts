// Attacks on the form of access tokens: their segments, their spelling, and headers that a parser could read in two ways.

import { Buffer } from 'node:buffer'
import { deflateRawSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { algorithms, attacked, stolen, survivors, type Attacked } from '../support/attacked.ts'
import { segment, signed } from '../support/forge.ts'
import { base64urlAlphabet } from '../support/secrets.ts'

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

  it('A2 R85: a signature that is missing, or segments that are too many, too few or empty', async () => {
    const forged = [
      `${head}.${body}.`,
      `${head}.${body}`,
      head,
      '',
      '.',
      '..',
      '...',
      `.${body}.${tail}`,
      `${head}..${tail}`,
    ]
    forged.push(
      `${target.token}.`,
      `.${target.token}`,
      `${target.token}.${tail}`,
      `${target.token}.${tail}.${tail}`,
    )
    forged.push(signed(`${head}.`, target.sign), signed(`.${body}`, target.sign))
    expect(await survivors(target, named(forged.map((token) => [token, token])))).toEqual([])
  })

  it('A14 R84: another spelling of the last character of a segment', async () => {
    const last = (text: string): string[] =>
      Array.from(base64urlAlphabet, (end) => text.slice(0, -1) + end).filter((other) => other !== text)
    const forged = [
      ...last(head).map((other) => `${other}.${body}.${tail}`),
      ...last(tail).map((other) => `${head}.${body}.${other}`),
      // Signed as it stands, so that only its spelling is wrong. With one claim more or less, every length is met.
      ...['', 'a', 'bb'].flatMap((pad) =>
        last(segment({ ...target.payload, pad })).map((other) => signed(`${head}.${other}`, target.sign)),
      ),
    ]
    expect(await survivors(target, named(forged.map((token, index) => [`${index}`, token])))).toEqual([])
  })

  it('A15 R84: padding, white space and the alphabet of base64 inside a segment', async () => {
    const inserted = ['=', '==', ' ', '\n', '\t', '\r\n', '\0', '%3D', '+', '/', 'é', '\u0141']
    const forged = inserted.flatMap((text) =>
      [`${head}${text}.${body}.${tail}`, `${head}.${body}${text}.${tail}`, `${head}.${body}.${tail}${text}`]
        .concat(`${head.slice(0, 5)}${text}${head.slice(5)}.${body}.${tail}`)
        .concat(
          signed(`${head}.${body}${text}`, target.sign),
          signed(`${head}.${body.slice(0, 8)}${text}${body.slice(8)}`, target.sign),
        ),
    )
    const standard = Buffer.from(JSON.stringify({ ...target.payload, a: '>>>???' })).toString('base64')
    expect(standard).toMatch(/[+/]/)
    forged.push(
      signed(`${head}.${standard}`, target.sign),
      signed(`${head}.${standard.replaceAll('=', '')}`, target.sign),
    )
    expect(await survivors(target, named(forged.map((token, index) => [`${index}`, token])))).toEqual([])
  })

  it('A16: white space around the whole token', async () => {
    const forged = [' ', '\t', '\n', '\u00A0', '\uFEFF', '"'].flatMap((text) => [
      `${text}${target.token}`,
      `${target.token}${text}`,
    ])
    expect(await survivors(target, named(forged.map((token) => [JSON.stringify(token), token])))).toEqual([])
  })

  it('A17 R86: a name that occurs twice in the header', async () => {
    const text = JSON.stringify(target.header)
    const forged = {
      'alg, first none': stolen(target, { header: text.replace('{', '{"alg":"none",') }),
      'alg, last none': stolen(target, { header: text.replace('}', ',"alg":"none"}') }),
      'alg, the same': stolen(target, { header: text.replace('}', `,"alg":"${algorithm}"}`) }),
      kid: stolen(target, { header: text.replace('}', ',"kid":"../x"}') }),
      typ: stolen(target, { header: text.replace('{', '{"typ":"JWT",') }),
      escaped: stolen(target, { header: text.replace('"alg"', String.raw`"\u0061lg"`) }),
      'with a space': stolen(target, { header: text.replace(':', ': ') }),
      'in another order': stolen(target, {
        header: { kid: target.header['kid'], typ: 'at+jwt', alg: algorithm },
      }),
    }
    expect(await survivors(target, forged)).toEqual([])
  })

  it('A19 A20 A24 R87 R88 R104: crit, b64 and zip, whatever they say', async () => {
    const more: object[] = [['x'], [], 'exp', ['exp'], ['b64'], ['exp', 'exp'], null, {}, 0].map((crit) => ({
      crit,
    }))
    more.push(
      { b64: false },
      { b64: false, crit: ['b64'] },
      { b64: true },
      { zip: 'DEF' },
      { cty: 'JWT' },
      { x: 1 },
    )
    const forged = more.map(
      (member) =>
        [JSON.stringify(member), stolen(target, { header: { ...target.header, ...member } })] as const,
    )
    const unencoded = segment({ ...target.header, b64: false, crit: ['b64'] })
    const zipped = deflateRawSync(JSON.stringify(target.payload))
    const special = {
      'unencoded payload': signed(`${unencoded}.${JSON.stringify(target.payload)}`, target.sign),
      'unencoded payload under our header': signed(`${head}.${JSON.stringify(target.payload)}`, target.sign),
      'deflated payload': stolen(target, { header: { ...target.header, zip: 'DEF' }, payload: zipped }),
      'deflated payload under our header': stolen(target, { payload: zipped }),
    }
    expect(await survivors(target, { ...named(forged), ...special })).toEqual([])
  })

  it('A21 R85: the JSON serialisations, and texts that look like a token', async () => {
    const flattened = { protected: head, payload: body, signature: tail }
    const forged = {
      flattened: JSON.stringify(flattened),
      general: JSON.stringify({ payload: body, signatures: [{ protected: head, signature: tail }] }),
      confused: JSON.stringify({ ...flattened, [`${head}.${body}.${tail}`]: 1 }),
      hidden: `{"a":"${target.token}"}`,
      quoted: JSON.stringify(target.token),
      listed: JSON.stringify([target.token]),
      braces: `{${target.token}}`,
    }
    expect(await survivors(target, forged)).toEqual([])
  })

  it('A22 A23 R103: an encrypted token, with a bomb in it or a password to be stretched', async () => {
    const bomb = deflateRawSync(Buffer.alloc(1_000_000)).toString('base64url')
    const encrypted = (header: object, body = 'AAAA'): string => `${segment(header)}.AAAA.AAAA.${body}.AAAA`
    const forged = {
      dir: encrypted({ alg: 'dir', enc: 'A256GCM' }),
      bomb: encrypted({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' }, bomb),
      password: encrypted({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2c: 2_147_483_647, p2s: 'AAAA' }),
      'under our header': `${head}.AAAA.AAAA.AAAA.AAAA`,
      'in three parts': `${segment({ alg: 'dir', enc: 'A256GCM', kid: target.header['kid'] })}.${body}.${tail}`,
    }
    const times: number[] = []
    for (let round = 0; round < 5; round++) {
      const began = performance.now()
      expect(await survivors(target, forged)).toEqual([])
      times.push(performance.now() - began)
    }
    // The fastest round: the machine may be busy with something else.
    expect(Math.min(...times)).toBeLessThan(50)
  })

  it('A25 R89: a header that is not UTF-8, or begins with a byte order mark', async () => {
    const text = JSON.stringify(target.header)
    const forged = {
      mark: stolen(target, { header: `\uFEFF${text}` }),
      'UTF-16': stolen(target, { header: Buffer.from(text, 'utf16le') }),
      'invalid UTF-8': stolen(target, {
        header: Buffer.concat([Buffer.from(text.slice(0, -2)), Buffer.from([0xff, 0x22, 0x7d])]),
      }),
      list: stolen(target, { header: [target.header] }),
      text: stolen(target, { header: JSON.stringify(text) }),
    }
    expect(await survivors(target, forged)).toEqual([])
  })

  it('A33 R102: a megabyte, refused before any of it is decoded', async () => {
    const long = {
      payload: `${head}.${'A'.repeat(1_000_000)}.${tail}`,
      header: 'A'.repeat(1_000_000),
      dots: '.'.repeat(1_000_000),
    }
    expect(await survivors(target, long)).toEqual([])
    // Refusing it costs less than only decoding it would.
    const refused: number[] = []
    const decoded: number[] = []
    for (let time = 0; time < 20; time++) {
      const began = performance.now()
      await target.sojourn.verify(long.payload).catch(() => refused.push(performance.now() - began))
      const then = performance.now()
      Buffer.from(long.payload.split('.')[1]!, 'base64url')
      decoded.push(performance.now() - then)
    }
    expect(Math.min(...refused)).toBeLessThan(Math.min(...decoded))
  })
})
