import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SojournEvent } from '../../src/core/events.ts'
import { derivedSigningKeys, sharedSigningKeys, type SigningKeys } from '../../src/core/signing-keys.ts'
import type { Store } from '../../src/core/store.ts'
import { systemRandom } from '../../src/core/system.ts'
import { memoryStore } from '../../src/memory.ts'
import { issuer, keysFor, secret } from '../support/secrets.ts'

const minute = 60_000
const hour = 60 * minute
const schedule = { rotateEvery: 30 * 24 * hour, publishBefore: hour, retireAfter: 11 * minute }
const start = 1_800_000_000_000
const random = systemRandom()

interface Node extends SigningKeys {
  readonly events: SojournEvent[]
  readonly forgotten: () => number
}

function nodeOf(store: Store, { secrets = [1], environment = 'test', at = issuer } = {}): Node {
  const events: SojournEvent[] = []
  let forgotten = 0
  const tell = (event: SojournEvent): void => void events.push(event)
  const forget = (): void => void forgotten++
  const options = {
    algorithm: 'EdDSA',
    issuer: at,
    environment,
    schedule,
    random,
    store,
    tell,
    forget,
  } as const
  return {
    ...sharedSigningKeys({ ...options, keys: keysFor(...secrets) }),
    events,
    forgotten: () => forgotten,
  }
}

/** A store that can be out of order, slow, or both, and that counts what it is asked. */
function fragile(): {
  store: Store
  asked: string[]
  fail: (isFailing: boolean) => void
  hold: () => () => void
} {
  const memory = memoryStore()
  const asked: string[] = []
  let isFailing = false
  let held: Promise<void> | undefined
  const around =
    <Args extends unknown[], T>(verb: string, work: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      asked.push(verb)
      if (isFailing) throw new Error('the store is down')
      const answer = await work(...args)
      await held
      return answer
    }
  const store: Store = {
    insert: around('insert', (entry) => memory.insert(entry)),
    find: around('find', (id) => memory.find(id)),
    replace: around('replace', (entry) => memory.replace(entry)),
    remove: around('remove', (id) => memory.remove(id)),
    list: around('list', (owner) => memory.list(owner)),
    removeAll: around('removeAll', (owner, except) => memory.removeAll(owner, except)),
  }
  const hold = (): (() => void) => {
    let release = (): void => {}
    held = new Promise((resolve) => (release = resolve))
    return () => {
      held = undefined
      release()
    }
  }
  return { store, asked, fail: (now) => (isFailing = now), hold }
}

const kids = (node: SigningKeys): unknown[] => node.jwks().keys.map(({ kid }) => kid)
const use = async (node: SigningKeys, now: number): Promise<void> => {
  if (node.isDue(now)) await node.refresh(now)
}

describe('keys that are derived from the secrets', () => {
  it('sign under the newest and verify under all', () => {
    const old = derivedSigningKeys(keysFor(1))
    const both = derivedSigningKeys(keysFor(2, 1))
    expect(both.verifier(old.signer().header)?.verify('a.b', old.signer().sign('a.b'))).toBe(true)
    expect(both.signer().header).toBe(derivedSigningKeys(keysFor(2)).signer().header)
    expect(derivedSigningKeys(keysFor(2)).verifier(old.signer().header)).toBeUndefined()
  })

  it('are never published, and need no refreshing', async () => {
    const keys = derivedSigningKeys(keysFor(2, 1))
    expect(keys.jwks()).toEqual({ keys: [] })
    expect(keys.isDue(start)).toBe(false)
    expect(keys.list(start).map(({ algorithm, phase }) => `${algorithm} ${phase}`)).toEqual([
      'HS256 active',
      'HS256 retiring',
    ])
    await keys.refresh(start)
  })

  it('have names that say nothing of the secret, and another for each', () => {
    const names = derivedSigningKeys(keysFor(3, 2, 1))
      .list(start)
      .map(({ kid }) => kid)
    expect(new Set(names).size).toBe(3)
    for (const name of names) expect(secret(3)).not.toContain(name)
  })

  it('say how to rotate them', async () => {
    await expect(derivedSigningKeys(keysFor()).rotate(start, false)).rejects.toMatchObject({
      code: 'request_malformed',
      message: expect.stringContaining('put a new secret first'),
    })
  })
})

describe('keys that are shared through the store', () => {
  it('are there after the first refresh, and not before', async () => {
    const node = nodeOf(memoryStore())
    expect(() => node.signer()).toThrow(expect.objectContaining({ code: 'store_unavailable' }))
    expect(node.isDue(start)).toBe(true)
    await node.refresh(start)
    expect(node.verifier(node.signer().header)?.verify('a.b', node.signer().sign('a.b'))).toBe(true)
  })

  it('are the same on nodes that begin at the same moment', async () => {
    const store = memoryStore()
    const nodes = Array.from({ length: 5 }, () => nodeOf(store))
    await Promise.all(nodes.map((node) => node.refresh(start)))
    expect(new Set(nodes.map((node) => node.signer().header)).size).toBe(1)
    expect(new Set(nodes.map((node) => JSON.stringify(node.jwks()))).size).toBe(1)
    expect(kids(nodes[0]!)).toHaveLength(1)
  })

  it('are turned by one node when all try at the same moment', async () => {
    const store = memoryStore()
    const nodes = Array.from({ length: 5 }, () => nodeOf(store))
    await Promise.all(nodes.map((node) => node.refresh(start)))
    const due = start + schedule.rotateEvery - schedule.publishBefore
    await Promise.all(nodes.map((node) => use(node, due)))
    expect(new Set(nodes.map((node) => JSON.stringify(kids(node)))).size).toBe(1)
    expect(kids(nodes[0]!)).toHaveLength(2)
    await Promise.all(nodes.map((node) => node.rotate(due, false)))
    expect(kids(nodes[0]!)).toHaveLength(2)
  })

  it('stay the same after a restart', async () => {
    const store = memoryStore()
    const before = nodeOf(store)
    await before.refresh(start)
    const after = nodeOf(store)
    await after.refresh(start + hour)
    expect(after.jwks()).toEqual(before.jwks())
  })

  it('lie sealed in the store: nothing of a private key can be read there', async () => {
    const store = memoryStore()
    await nodeOf(store).refresh(start)
    const { items } = await store.scan(undefined, 10)
    expect(items).toHaveLength(1)
    expect(items[0]!.state).not.toMatch(/"d"|crv|Ed25519|kty/)
  })

  it('are other ones for another issuer or environment, in the same store with the same secret', async () => {
    const store = memoryStore()
    const nodes = [
      nodeOf(store),
      nodeOf(store, { environment: 'staging' }),
      nodeOf(store, { at: 'https://b.example' }),
    ]
    await Promise.all(nodes.map((node) => node.refresh(start)))
    expect(new Set(nodes.flatMap(kids)).size).toBe(3)
  })

  it('never show a private member to whoever asks for them', async () => {
    const node = nodeOf(memoryStore())
    await node.refresh(start)
    expect(JSON.stringify([node.jwks(), node.list(start)])).not.toContain('"d"')
    expect(Object.keys(node.jwks().keys[0]!).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x'])
  })

  it('replaced at once leave nothing of the earlier ones', async () => {
    const node = nodeOf(memoryStore())
    await node.refresh(start)
    const old = node.signer()
    await node.rotate(start, true)
    expect(node.verifier(old.header)).toBeUndefined()
    expect(kids(node)).not.toContain(old.kid)
    expect(node.forgotten()).toBe(1)
  })
})

describe('the turns of a key', () => {
  it('are told by every node that lives through them, each once', async () => {
    const store = memoryStore()
    const nodes = [nodeOf(store), nodeOf(store)]
    for (let now = start; now < start + schedule.rotateEvery + hour; now += 10 * minute) {
      await Promise.all(nodes.map((node) => use(node, now)))
    }
    const [maker, other] = nodes.map(({ events }) => events.map(({ type }) => type))
    const turns = ['key.published', 'key.retired', 'key.activated', 'key.removed']
    expect(maker).toEqual(['key.published', 'key.activated'].concat(turns))
    expect(other).toEqual(turns)
    expect(nodes[0]!.events.at(-1)).not.toHaveProperty('kid', kids(nodes[0]!)[0])
  })

  it('are no news to a node that begins later', async () => {
    const store = memoryStore()
    await nodeOf(store).refresh(start)
    const late = nodeOf(store)
    await late.refresh(start + hour)
    expect(late.events).toEqual([])
  })
})

describe('replacing the secret', () => {
  // The ring was sealed under the secret of its last change only: removing that secret lost every key.
  it('loses no key, once every node has had both', async () => {
    const store = memoryStore()
    const before = nodeOf(store, { secrets: [1] })
    await before.refresh(start)
    await nodeOf(store, { secrets: [2, 1] }).refresh(start + minute)
    const after = nodeOf(store, { secrets: [2] })
    await after.refresh(start + 2 * minute)
    expect(after.jwks()).toEqual(before.jwks())
  })

  it('does not shut out nodes that have only the old one yet', async () => {
    const store = memoryStore()
    const old = nodeOf(store, { secrets: [1] })
    await old.refresh(start)
    const both = nodeOf(store, { secrets: [2, 1] })
    await both.refresh(start)
    await old.refresh(start + minute)
    expect(old.jwks()).toEqual(both.jwks())
  })

  it('does not make nodes with different lists write by turns', async () => {
    const store = memoryStore()
    const nodes = [
      nodeOf(store, { secrets: [1] }),
      nodeOf(store, { secrets: [1, 2] }),
      nodeOf(store, { secrets: [2, 1] }),
    ]
    const versionAfter = async (now: number): Promise<number> => {
      for (const node of nodes) await use(node, now)
      return (await store.scan(undefined, 1)).items[0]!.version
    }
    const settled = await versionAfter(start)
    for (let look = 1; look < 5; look++) expect(await versionAfter(start + look * minute)).toBe(settled)
  })
})

describe('while the store does not answer', () => {
  // Verification asked the store once a minute and failed with it, although nothing about the keys had changed.
  it('known keys go on signing and verifying, and take their turns by the clock', async () => {
    const { store, fail } = fragile()
    const node = nodeOf(store)
    await node.refresh(start)
    const due = start + schedule.rotateEvery - schedule.publishBefore
    await node.refresh(due)
    const [first, second] = kids(node)
    fail(true)
    await use(node, due + hour - 1)
    expect(node.signer().kid).toBe(first)
    await use(node, due + hour)
    expect(node.signer().kid).toBe(second)
    expect(node.verifier(node.signer().header)).toBeDefined()
    await use(node, due + hour + schedule.retireAfter)
    expect(kids(node)).toEqual([second])
  })

  it('the store is asked again every few seconds, not with every request', async () => {
    const { store, fail, asked } = fragile()
    const node = nodeOf(store)
    await node.refresh(start)
    fail(true)
    const before = asked.length
    for (let now = start + minute; now < start + 2 * minute; now += 100) await use(node, now)
    expect(asked.length - before).toBe(12)
    fail(false)
    await use(node, start + 2 * minute)
    expect(node.isDue(start + 2 * minute + 59_000)).toBe(false)
  })

  it('a node that has just begun has no keys, and says so', async () => {
    const { store, fail } = fragile()
    fail(true)
    await expect(nodeOf(store).refresh(start)).rejects.toThrow('the store is down')
  })

  it('keys that somebody has announced to be changed are not used', async () => {
    const { store, fail } = fragile()
    const node = nodeOf(store)
    await node.refresh(start)
    fail(true)
    node.invalidate()
    expect(node.isDue(start)).toBe(true)
    await expect(node.refresh(start)).rejects.toThrow('the store is down')
    expect(node.isDue(start)).toBe(true)
    fail(false)
    await node.refresh(start)
    expect(node.isDue(start)).toBe(false)
  })
})

describe('looking at the store', () => {
  it('happens once for a thousand requests at the same moment', async () => {
    const { store, asked } = fragile()
    const node = nodeOf(store)
    await node.refresh(start)
    asked.length = 0
    await Promise.all(Array.from({ length: 1000 }, () => use(node, start + minute)))
    expect(asked).toEqual(['find'])
  })

  it('happens again when a change is announced while it is under way', async () => {
    const { store, hold } = fragile()
    const [node, other] = [nodeOf(store), nodeOf(store)]
    await Promise.all([node.refresh(start), other.refresh(start)])
    const release = hold()
    // Reads the old ring, and has not got it yet.
    const early = node.refresh(start + minute)
    const changed = other.rotate(start + minute, true)
    node.invalidate()
    const late = node.refresh(start + minute)
    release()
    await Promise.all([early, changed, late])
    expect(kids(node)).toEqual(kids(other))
    expect(node.isDue(start + minute)).toBe(false)
  })
})

describe('nodes that share a store', () => {
  const step = fc.record({
    pass: fc.oneof(fc.integer({ min: 0, max: 2 * minute }), fc.integer({ min: 0, max: 20 * 24 * hour })),
    rotatedBy: fc.array(fc.nat({ max: 2 }), { maxLength: 3 }),
  })

  it('verify each other’s tokens until they expire, whoever rotates and whenever (R111)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async (steps) => {
        const store = memoryStore()
        const nodes = [nodeOf(store), nodeOf(store), nodeOf(store)]
        let now = start
        let tokens: { header: string; signature: string; expiresAt: number }[] = []
        for (const { pass, rotatedBy } of steps) {
          now += pass
          await Promise.all(nodes.map((node) => use(node, now)))
          expect(new Set(nodes.map((node) => node.signer().kid)).size).toBe(1)
          for (const node of nodes) {
            const { header, sign } = node.signer()
            tokens.push({ header, signature: sign(`${header}.x`), expiresAt: now + 10 * minute })
          }
          tokens = tokens.filter(({ expiresAt }) => expiresAt > now)
          for (const node of nodes) {
            for (const { header, signature } of tokens) {
              expect(node.verifier(header)?.verify(`${header}.x`, signature)).toBe(true)
            }
          }
          await Promise.all(rotatedBy.map((index) => nodes[index]!.rotate(now, false)))
        }
      }),
      { numRuns: 60 },
    )
  })
})
