import fc from 'fast-check'
import { expect, it } from 'vitest'

import { secretKey } from '../../src/core/crypto.ts'
import { sealData, unsealData, type DataContext } from '../../src/core/data-cipher.ts'
import { systemRandom } from '../../src/core/system.ts'

const random = systemRandom()
const key = { id: 'a key', secret: secretKey(new Uint8Array(32).fill(7)) }
const context: DataContext = {
  issuer: 'https://app.example',
  environment: 'production',
  owner: 'ownerownerownerownerowne',
  sessionId: 'AbCdEfGhIjKlMnOpQrStUvWxYz012345',
  version: 3,
  schemaVersion: 1,
}

it('data is the same after it was encrypted, whatever it is, and never looks the same twice', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const data = JSON.parse(JSON.stringify(value)) as unknown
      const [one, other] = [sealData(key, data, context, random), sealData(key, data, context, random)]
      expect(unsealData(key.secret, one, context)).toEqual({ data })
      expect(one[1]).not.toBe(other[1])
      // The nonce comes first: 12 bytes, fresh each time.
      expect(one[1].slice(0, 16)).not.toBe(other[1].slice(0, 16))
    }),
  )
})

const changes: { readonly [Part in keyof DataContext]: DataContext[Part] } = {
  issuer: 'https://app.example/',
  environment: 'staging',
  owner: 'ownerownerownerowneroOne',
  sessionId: 'AbCdEfGhIjKlMnOpQrStUvWxYz012346',
  version: 4,
  schemaVersion: 2,
}

it.each(Object.entries(changes))('data does not open with another %s', (part, changed) => {
  const sealed = sealData(key, { a: 1 }, context, random)
  expect(unsealData(key.secret, sealed, { ...context, [part]: changed })).toBeUndefined()
})

it('data does not open where two parts were moved into one another, under another name of a key, or with a bit changed', () => {
  const sealed = sealData(key, { a: 1 }, context, random)
  const moved = { ...context, environment: 'productionh', issuer: 'ttps://app.example' }
  expect(unsealData(key.secret, sealed, moved)).toBeUndefined()
  expect(unsealData(key.secret, ['another', sealed[1]], context)).toBeUndefined()
  const bytes = Buffer.from(sealed[1], 'base64url')
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 1
    expect(unsealData(key.secret, [key.id, changed.toString('base64url')], context)).toBeUndefined()
  }
  for (const text of ['', 'AAAA', sealed[1].slice(0, 37), `${sealed[1]}A`, '*'])
    expect(unsealData(key.secret, [key.id, text], context)).toBeUndefined()
})
