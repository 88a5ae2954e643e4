import { Buffer } from 'node:buffer'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromDer, toDer } from '../../src/core/der.ts'

// 32 bytes as they come, and 32 that begin with zeros, which DER leaves out.
const integer = fc
  .tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat({ max: 32 }))
  .map(([bytes, zeros]) => bytes.fill(0, 0, zeros))
const signature = fc.tuple(integer, integer).map(([r, s]) => Uint8Array.from([...r, ...s]))

describe('an ECDSA signature', () => {
  it('is the same after going to DER and back', () => {
    fc.assert(
      fc.property(signature, (raw) => {
        expect(fromDer(toDer(raw))).toEqual(raw)
      }),
      { numRuns: 1000 },
    )
  })

  it('is in DER what RFC 3279 says: two positive integers without idle zeros', () => {
    fc.assert(
      fc.property(signature, (raw) => {
        const der = toDer(raw)
        expect(der[0]).toBe(0x30)
        expect(der[1]).toBe(der.length - 2)
        const r = der.subarray(4, 4 + der[3]!)
        const s = der.subarray(6 + der[3]!)
        expect([der[2], der[4 + der[3]!], s.length]).toEqual([2, 2, der[5 + der[3]!]])
        for (const bytes of [r, s]) {
          expect(bytes[0]! & 0x80).toBe(0)
          expect(bytes.length === 1 || bytes[0] !== 0 || bytes[1]! >= 0x80).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('is what the runtime writes, in either spelling', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    for (let time = 0; time < 500; time++) {
      const data = Buffer.from(`message ${time}`)
      const der = sign('sha256', data, { key: privateKey, dsaEncoding: 'der' })
      const raw = fromDer(der)
      expect(Buffer.from(toDer(raw)).equals(der)).toBe(true)
      expect(verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, raw)).toBe(true)
    }
  })
})
