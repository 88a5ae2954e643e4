// One secret under the names of two environments, on every store.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createSojourn, type Sojourn } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { manualClock } from '../../src/testing/clock.ts'
import { grounds, type Ground, type Place } from '../store/engine-places.ts'
import { countedStore } from '../support/counted-store.ts'
import { plainStore } from '../support/plain-store.ts'
import { issuer, secret } from '../support/secrets.ts'

for (const [name, { isHere, start }] of Object.entries(grounds)) {
  describe.skipIf(!isHere)(`a secret on ${name}`, () => {
    let ground: Ground
    beforeAll(async () => void (ground = await start()))
    afterAll(() => ground.close())

    async function within(
      story: (
        node: (environment: string, secrets?: readonly number[], other?: string) => Sojourn,
        place: Place,
      ) => Promise<void>,
    ): Promise<void> {
      const place = await ground.open()
      const clock = manualClock(place.now)
      const nodes: Sojourn[] = []
      try {
        await story((environment, secrets = [1], other = issuer) => {
          const given = secrets.map((n) => secret(n))
          nodes.push(createSojourn({ issuer: other, environment, secrets: given, store: place.store, clock }))
          return nodes.at(-1)!
        }, place)
      } finally {
        for (const node of nodes) node.close()
        await place.close()
      }
    }

    it('belongs to the first environment that begins with it, and another is refused and told what to do', async () => {
      await within(async (node, place) => {
        const production = node('production')
        expect(await production.secrets.owners()).toEqual([undefined])
        await Promise.all(
          [production, node('production'), node('production')].map((one) => one.secrets.claim()),
        )
        await node('production', [1], 'https://other.example').secrets.claim()
        const staging = node('staging')
        await expect(staging.secrets.claim()).rejects.toMatchObject({
          code: 'config_invalid',
          detail: expect.stringMatching(
            /secrets\[0\] belongs to the environment "production" in this store, and this is "staging".*generate-secret.*keys claim --yes/,
          ),
        })
        // An old secret counts as much as the newest.
        await expect(node('staging', [2, 1]).secrets.claim()).rejects.toThrow('secrets[1]')
        await node('staging', [3]).secrets.claim()
        await production.secrets.claim()
        expect(await place.dump()).not.toContain(secret(1))
        expect(await production.list('alice')).toEqual([])
      })
    })

    it('belongs to one of two that begin at the same moment', async () => {
      await within(async (node) => {
        const nodes = ['one', 'two'].flatMap((environment) => [1, 2, 3].map(() => node(environment, [4])))
        const settled = await Promise.allSettled(nodes.map((one) => one.secrets.claim()))
        const good = settled.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []))
        expect(['0,1,2', '3,4,5']).toContain(good.join())
      })
    })

    it('goes to an environment that was renamed, once that is said', async () => {
      await within(async (node) => {
        await node('before').secrets.claim()
        await node('after').secrets.claim({ takeOver: true })
        await node('after').secrets.claim()
        await expect(node('before').secrets.claim()).rejects.toMatchObject({ code: 'config_invalid' })
        expect(await node('before').secrets.owners()).toEqual(['after'])
      })
    })
  })
}

describe('claiming a secret', () => {
  it('costs one read where it is known, and is renewed long before it is forgotten', async () => {
    const clock = manualClock()
    const calls: string[] = []
    const store = countedStore(memoryStore(), calls)
    const sojourn = createSojourn({ issuer, environment: 'test', secrets: [secret()], store, clock })
    await sojourn.secrets.claim()
    calls.length = 0
    await sojourn.secrets.claim()
    expect(calls).toEqual(['find'])
    clock.pass('201d')
    await sojourn.secrets.claim()
    expect(calls).toEqual(['find', 'find', 'replace'])
    sojourn.close()
  })

  it('rejects where the store is out of reach, and nothing is taken for claimed', async () => {
    const down = async (): Promise<never> => Promise.reject(new Error('out of reach'))
    const store = { ...plainStore(memoryStore()), find: down }
    const sojourn = createSojourn({ issuer, environment: 'test', secrets: [secret()], store })
    await expect(sojourn.secrets.claim()).rejects.toMatchObject({ code: 'store_unavailable' })
    sojourn.close()
  })
})
