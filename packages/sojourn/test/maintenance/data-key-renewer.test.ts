// Renewing data keys by one of several nodes, a turn at a time.

import { afterEach, describe, expect, it } from 'vitest'

import { createSojourn, type Sojourn, type SojournEvent } from '../../src/index.ts'
import { startDataKeyRenewer, type DataKeyRenewer } from '../../src/maintenance.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { manualClock } from '../../src/testing/clock.ts'
import { issuer, secret } from '../support/secrets.ts'

const closings: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closings.splice(0)) await close()
})

const store = memoryStore()
const clock = manualClock()
const events: SojournEvent[] = []

function nodeWith(...numbers: readonly number[]): Sojourn {
  const sojourn = createSojourn({
    issuer,
    environment: 'test',
    secrets: [secret()],
    store,
    clock,
    encryption: { secrets: numbers.map((number) => secret(number)) },
    listeners: [(event) => void events.push(event)],
  })
  closings.push(() => sojourn.close())
  return sojourn
}

// As a day, so that no turn comes by itself.
function renewerOf(sojourn: Sojourn): DataKeyRenewer {
  const renewer = startDataKeyRenewer(sojourn, { every: '1d' })
  closings.push(() => renewer.stop())
  return renewer
}

describe('the renewal of data keys', () => {
  it('is done by one node, is told with its counts, and has nothing to do until there is a newer secret', async () => {
    const before = nodeWith(2)
    const { session } = await before.create({ subject: 'alice', data: { cart: ['book'] } })
    expect(await renewerOf(before).renew()).toMatchObject({ rewrapped: 0, resealed: 0, done: true })
    events.length = 0
    const [one, other] = [nodeWith(3, 2), nodeWith(3, 2)]
    const turns = await Promise.all([renewerOf(one), renewerOf(other)].map((renewer) => renewer.renew()))
    expect(turns.filter((turn) => turn !== undefined)).toMatchObject([{ rewrapped: 1, done: true }])
    expect(events.filter(({ type }) => type === 'data_keys.renewed')).toMatchObject([
      { level: 'info', rewrapped: 1, resealed: 0, unreadable: 0, done: true },
    ])
    expect((await nodeWith(3).find(session.id))?.data).toEqual({ cart: ['book'] })
    clock.pass('1d')
    expect(await renewerOf(other).renew()).toMatchObject({ rewrapped: 0, done: true })
    expect(events.filter(({ type }) => type === 'data_keys.renewed')).toHaveLength(1)
  })

  it('hands over what it has begun: another node goes on after a page', async () => {
    const before = nodeWith(4)
    for (let person = 0; person < 30; person++) await before.create({ subject: `person ${person}` })
    const renewing = { batch: 10, goOn: async () => false }
    const first = await nodeWith(5, 4).dataKeys.renew(renewing)
    expect(first.done).toBe(false)
    const rest = await nodeWith(5, 4).dataKeys.renew({ batch: 10 })
    expect(rest.done).toBe(true)
    expect(first.rewrapped + rest.rewrapped).toBe(30)
    expect(first.rewrapped).toBeGreaterThan(0)
  })

  it('takes no option that makes no sense', () => {
    expect(() => startDataKeyRenewer(nodeWith(2), { every: 'often' as '1m' })).toThrow('every is "often"')
  })
})
