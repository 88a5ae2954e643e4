import { describe, expect, it } from 'vitest'
import { longestBody, readBody, textMember } from '../../src/http/body.ts'
import type { RequestBody } from '../../src/http/view.ts'
import { bytes, codeOf, request } from './support/view.ts'

function read(
  body: RequestBody,
  type = 'application/json',
  members = ['refreshToken', 'scope'],
): Promise<Readonly<Record<string, unknown>>> {
  return readBody(
    request({ method: 'POST', headers: type === '' ? [] : [['content-type', type]], body }),
    members,
  )
}

const json = (text: string): Promise<unknown> => read(bytes(text))

describe('a JSON body', () => {
  it('is one object with the members that are expected', async () => {
    expect(await json('{"scope":"this"}')).toEqual({ scope: 'this' })
    expect(await json('{}')).toEqual({})
  })

  it('may be absent', async () => {
    expect(await read(bytes(''), '')).toEqual({})
  })

  it('is not taken for absent when somebody else has read it and kept nothing', async () => {
    expect(await codeOf(() => read({ kind: 'parsed', value: undefined }))).toBe('body_malformed')
  })

  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
  ])('is sent as %s', async (type) => {
    expect(await read(bytes('{}'), type)).toEqual({})
  })

  it.each([
    '',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json, text/plain',
    'text/plain; a=application/json',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; x=y',
    'application/jsonp',
    'application/problem+json',
    'application/json\u00a0',
  ])('R71 A81: is not sent as %j', async (type) => {
    expect(await codeOf(() => read(bytes('{}'), type))).toBe('media_type_unsupported')
  })

  it('R71: is not sent as a form that a framework has parsed', async () => {
    const body: RequestBody = { kind: 'parsed', value: { refreshToken: 'x' } }
    expect(await codeOf(() => read(body, 'application/x-www-form-urlencoded'))).toBe('media_type_unsupported')
  })

  it.each([
    '',
    ' ',
    '{',
    '{"a":1',
    "{'a':1}",
    'undefined',
    'NaN',
    '{}{}',
    '\ufeff{}',
    '[]',
    '[{}]',
    '1',
    '"x"',
    'null',
    'true',
  ])('is not %j', async (text) => {
    expect(await codeOf(() => json(text || ' '))).toBe('body_malformed')
  })

  it('is UTF-8, and nothing that could be mistaken for it', async () => {
    const latin: RequestBody = {
      kind: 'bytes',
      bytes: Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d),
    }
    const overlong: RequestBody = { kind: 'bytes', bytes: Uint8Array.of(0xc0, 0xbb) }
    const wide: RequestBody = { kind: 'bytes', bytes: new Uint8Array(new Uint16Array([0x7b, 0x7d]).buffer) }
    for (const body of [latin, overlong, wide]) expect(await codeOf(() => read(body))).toBe('body_malformed')
  })

  it.each(['__proto__', 'constructor', 'toString', 'Scope', 'scope ', '', 'admin'])(
    'has no member %j, and says so',
    async (member) => {
      const failing = json(
        JSON.stringify({ scope: 'this' }).replace('}', `,${JSON.stringify(member)}:{"admin":true}}`),
      )
      await expect(failing).rejects.toThrow(JSON.stringify(member))
      await expect(failing).rejects.toMatchObject({ code: 'members_unknown' })
      expect(({} as { admin?: boolean }).admin).toBeUndefined()
    },
  )

  it('names a few of its unknown members, shortened, so that the answer stays small', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`${index}`.padEnd(100, 'x'), 1]),
    )
    const error: unknown = await json(JSON.stringify(many)).catch((reason: unknown) => reason)
    expect(String(error).length).toBeLessThan(700)
  })

  it('may be 64 KiB, and not one byte more', async () => {
    const padded = (length: number): RequestBody => bytes(`{"scope":"${'x'.repeat(length - 12)}"}`)
    expect(Object.keys(await read(padded(longestBody)))).toEqual(['scope'])
    expect(await codeOf(() => read({ kind: 'too-large' }))).toBe('body_too_large')
  })

  it('R149: is not even read when its Content-Length is too large', async () => {
    const view = request({ headers: [['content-length', String(longestBody + 1)]] })
    const unread = { ...view, body: () => Promise.reject(new Error('it was read')) }
    expect(await codeOf(() => readBody(unread, []))).toBe('body_too_large')
  })

  it('may be nested as deep as fits, which does no harm', async () => {
    expect(await codeOf(() => json(`{"scope":${'['.repeat(30_000)}`))).toBe('body_malformed')
    expect(
      await codeOf(async () =>
        textMember(await read(bytes(`{"scope":${'['.repeat(30_000)}${']'.repeat(30_000)}}`)), 'scope'),
      ),
    ).toBe('members_unknown')
  })
})

describe('a member that must be text', () => {
  it('is text, or is not there', () => {
    expect(textMember({ scope: 'all' }, 'scope')).toBe('all')
    expect(textMember({}, 'scope')).toBeUndefined()
    expect(textMember({}, 'toString')).toBeUndefined()
  })

  it.each([1, null, true, [], ['all'], {}])('is not %j', async (value) => {
    expect(await codeOf(() => textMember({ scope: value }, 'scope'))).toBe('members_unknown')
  })
})
