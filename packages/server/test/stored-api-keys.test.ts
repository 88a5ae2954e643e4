import { memoryStore } from 'sojourn/memory'
import { describe, expect, it } from 'vitest'

import { storedApiKeys } from '../src/apikeys/stored-api-keys.ts'

const day = 24 * 3_600_000

function keysAt(start = 1_800_000_000_000) {
  const store = memoryStore()
  const clock = { now: start }
  const of = (issuer: string, environment = 'test') =>
    storedApiKeys({ store, issuer, environment, clock: () => clock.now })
  return { store, clock, of, keys: of('https://app.example') }
}

describe('an API key in the store', () => {
  it('R29 is kept as a digest: nothing in the store can be shown as a key', async () => {
    const { store, keys } = keysAt()
    const { key, info } = await keys.create({ role: 'manage', name: 'shop' })
    const entry = await store.find(info.id)
    expect(JSON.stringify(entry)).not.toContain(key.slice(4))
    for (const text of [info.id, entry?.owner ?? '', entry?.state ?? '', `sjk_${info.id}`])
      expect(await keys.recognise(text)).toBeUndefined()
    expect(await keys.recognise(key)).toMatchObject({ id: info.id, role: 'manage', name: 'shop' })
  })

  it('is nothing to another application or environment on the same store', async () => {
    const { keys, of } = keysAt()
    const { key, info } = await keys.create({ role: 'read', name: '' })
    for (const other of [of('https://other.example'), of('https://app.example', 'staging')]) {
      expect(await other.recognise(key)).toBeUndefined()
      expect(await other.list()).toEqual([])
      expect(await other.revoke(info.id)).toBe(false)
    }
    expect(await keys.recognise(key)).toBeDefined()
  })

  it('ends when it was told to, and when nobody has used it for 400 days', async () => {
    const { keys, clock } = keysAt()
    const short = await keys.create({ role: 'read', name: 'short', expiresAt: clock.now + day })
    const long = await keys.create({ role: 'read', name: 'long' })
    const idle = await keys.create({ role: 'read', name: 'idle' })
    clock.now += day
    expect(await keys.recognise(short.key)).toBeUndefined()
    clock.now += 300 * day
    expect(await keys.recognise(long.key)).toBeDefined()
    clock.now += 100 * day
    expect(await keys.recognise(long.key)).toBeDefined()
    expect(await keys.recognise(idle.key)).toBeUndefined()
    expect((await keys.list()).map(({ name }) => name)).toEqual(['long'])
  })

  it('notes its use to the hour, and writes nothing in between', async () => {
    const { store, keys, clock } = keysAt()
    const { key, info } = await keys.create({ role: 'read', name: '' })
    const version = async (): Promise<number | undefined> => (await store.find(info.id))?.version
    await keys.recognise(key)
    clock.now += 3_599_000
    await keys.recognise(key)
    expect(await version()).toBe(2)
    clock.now += 1000
    await keys.recognise(key)
    expect(await version()).toBe(3)
  })

  it('is not asked of the store when it cannot be one', async () => {
    const { store, keys } = keysAt()
    let asked = 0
    const find = store.find.bind(store)
    Object.assign(store, {
      find: (id: string) => {
        asked++
        return find(id)
      },
    })
    for (const text of [
      '',
      'sjk_',
      `sjk_${'a'.repeat(42)}`,
      `sjk_${'a'.repeat(44)}`,
      'a'.repeat(47),
      `sjk_${'!'.repeat(43)}`,
    ])
      expect(await keys.recognise(text)).toBeUndefined()
    expect(asked).toBe(0)
  })

  it('R116 A115 is compared in constant time, and not found by a digest that only begins like its own', async () => {
    const { store, keys } = keysAt()
    const { key, info } = await keys.create({ role: 'manage', name: '' })
    const entry = (await store.find(info.id))!
    const state = JSON.parse(entry.state) as { digest: string }
    const forged = { ...state, digest: `${state.digest.slice(0, 16)}${'A'.repeat(27)}` }
    await store.replace({ ...entry, version: entry.version + 1, state: JSON.stringify(forged) })
    expect(await keys.recognise(key)).toBeUndefined()
  })
})
