// Used proofs on every store, and two nodes that share it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Proof } from '../../src/core/dpop/proof.ts'
import { useOf } from '../../src/core/dpop/prove.ts'
import { useOnce, type UsedPlace } from '../../src/core/single-use.ts'
import { createSojourn } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { manualClock } from '../../src/testing.ts'
import { codeOf } from '../http/support/view.ts'
import { proofKey } from '../support/dpop.ts'
import { issuer, secret } from '../support/secrets.ts'
import { grounds, type Ground } from './engine-places.ts'

for (const [name, { isHere, start }] of Object.entries(grounds)) {
  describe.skipIf(!isHere)(`proofs on ${name}`, () => {
    let ground: Ground
    beforeAll(async () => void (ground = await start()))
    afterAll(() => ground.close())

    it('R177 A72 of many nodes at once, one takes a proof', async () => {
      const { store, now, close } = await ground.open()
      const clock = manualClock(now)
      const settings = {
        issuer,
        environment: 'test',
        secrets: [secret()],
        store,
        clock,
        dpop: { nonce: false },
      }
      const nodes = Array.from({ length: 5 }, () => createSojourn(settings))
      const key = proofKey()
      const url = 'https://app.example/'
      const { accessToken } = await nodes[0]!.create({ subject: 'alice', profile: 'bearer', jkt: key.jkt })
      const request = {
        proofs: [key.prove({ url, now: clock(), accessToken })],
        method: 'GET',
        targets: [url],
      }
      const outcomes = await Promise.all(nodes.map((node) => codeOf(() => node.verify(accessToken, request))))
      expect(outcomes.toSorted()).toEqual([...Array<string>(4).fill('dpop_proof_invalid'), 'nothing'])
      // The entry is nobody's session: neither the list of a person nor a look through the store has it.
      expect(await nodes[0]!.list('alice')).toHaveLength(1)
      expect((await nodes[0]!.browse()).items).toHaveLength(1)
      for (const node of nodes) node.close()
      await close()
    })
  })
}

describe('the used proofs', () => {
  const proof = (jti: string, issuedAt: number): Proof => ({
    jkt: proofs.jkt,
    jti,
    htm: 'GET',
    htu: 'https://app.example/',
    issuedAt,
  })
  const proofs = proofKey()
  const now = 1_767_225_600_000
  const window = 60_000

  const spend = (place: UsedPlace, one: Proof, span: number, at: number): Promise<boolean> =>
    useOnce(place, useOf(one, span), at)

  it('R177 are bounded: a hundred thousand are gone once their minute is over', async () => {
    const store = memoryStore()
    const replays = { store, issuer, environment: 'test' }
    const count = 100_000
    for (let index = 0; index < count; index++)
      await spend(replays, proof(`${index}`, now + (index % 60_000)), window, now)
    expect((await store.stats(now)).live).toBe(count)
    const after = now + 2 * window + 1
    expect((await store.stats(after)).live).toBe(0)
    let removed = 0
    for (let batch = -1; batch !== 0; removed += batch) batch = await store.sweep(after, 10_000)
    expect(removed).toBe(count)
    expect((await store.stats(after)).expired).toBe(0)
    // A second of work, and more where others work as well.
  }, 60_000)

  it('R177 are kept for as long as the proof would be taken, and not a moment less', async () => {
    const store = memoryStore()
    const replays = { store, issuer, environment: 'test' }
    expect(await spend(replays, proof('a', now), window, now)).toBe(true)
    expect(await spend(replays, proof('a', now), window, now + window)).toBe(false)
    await store.sweep(now + window, 10)
    expect(await spend(replays, proof('a', now), window, now + window)).toBe(false)
    // Not swept, but over: the same name is a new proof, once.
    const later = now + 2 * window
    expect(await spend(replays, proof('a', later), window, later)).toBe(true)
    expect(await spend(replays, proof('a', later), window, later)).toBe(false)
  })

  it('are apart for each key, application and environment', async () => {
    const store = memoryStore()
    const here = { store, issuer, environment: 'test' }
    const places = [
      [here, proof('a', now)],
      [here, { ...proof('a', now), jkt: proofKey().jkt }],
      [{ ...here, issuer: 'https://other.example' }, proof('a', now)],
      [{ ...here, environment: 'production' }, proof('a', now)],
    ] as const
    for (const [replays, one] of places) expect(await spend(replays, one, window, now)).toBe(true)
    for (const [replays, one] of places) expect(await spend(replays, one, window, now)).toBe(false)
  })
})
