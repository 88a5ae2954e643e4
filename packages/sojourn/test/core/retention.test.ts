// How long single facts stay in a session that lives on.

import { describe, expect, it } from 'vitest'

import { retained } from '../../src/core/retention.ts'
import { createSojourn } from '../../src/index.ts'
import { startSweeper } from '../../src/maintenance.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { manualClock } from '../../src/testing/clock.ts'
import { issuer, secret } from '../support/secrets.ts'

const given = { issuer, environment: 'test', secrets: [secret()] } as const
const device = { label: 'Her laptop', userAgent: 'Firefox/1', ip: '192.0.2.77', kind: 'desktop' }
const retention = { addresses: '7d', userAgents: '14d', deviceNames: '21d' } as const
const policy = { bearer: { idle: '60d', absolute: '60d' } } as const

function start(options: object = { retention }) {
  const clock = manualClock()
  const store = memoryStore()
  const sojourn = createSojourn({ ...given, store, clock, policy, ...options })
  const dump = async (): Promise<string> => JSON.stringify((await store.scan(undefined, 100)).items)
  return { clock, sojourn, dump }
}

describe('what of a device stays in a session', () => {
  it('goes when its time is over, each for itself, by the sweeper, and the session lives on', async () => {
    const { clock, sojourn, dump } = start()
    const { session, sessionToken } = await sojourn.create({ subject: 'alice', profile: 'bearer', device })
    const sweeper = startSweeper(sojourn)
    const shown: (readonly string[])[] = []
    for (let week = 0; week < 4; week++) {
      await sweeper.sweep()
      shown.push(Object.keys((await sojourn.find(session.id))!.device).toSorted())
      clock.pass('7d')
    }
    expect(shown).toEqual([
      ['ip', 'kind', 'label', 'userAgent'],
      ['kind', 'label', 'userAgent'],
      ['kind', 'label'],
      ['kind'],
    ])
    for (const fact of Object.values(device).slice(0, 3)) expect(await dump()).not.toContain(fact)
    expect((await sojourn.refresh(sessionToken)).outcome).toBe('rotated')
    await sweeper.stop()
    sojourn.close()
  })

  it('goes with its own age where the latest refresh came from elsewhere', async () => {
    const { clock, sojourn } = start()
    const { session, sessionToken } = await sojourn.create({ subject: 'alice', profile: 'bearer', device })
    clock.pass('6d')
    await sojourn.refresh(sessionToken, { device: { ...device, ip: '198.51.100.7' } })
    clock.pass('1d')
    expect(await sojourn.retain()).toBe(1)
    expect(await sojourn.find(session.id)).toMatchObject({ lastSeenFrom: { ip: '198.51.100.7' } })
    expect((await sojourn.find(session.id))!.device).not.toHaveProperty('ip')
    clock.pass('6d')
    expect(await sojourn.retain()).toBe(1)
    expect((await sojourn.find(session.id))!.lastSeenFrom).toEqual({ userAgent: 'Firefox/1' })
    expect(await sojourn.retain()).toBe(0)
    sojourn.close()
  })

  it('stays as long as the session where nothing is said, and the store is not read for it', async () => {
    const { clock, sojourn } = start({})
    const { session } = await sojourn.create({ subject: 'alice', profile: 'bearer', device })
    clock.pass('50d')
    expect(await sojourn.retain()).toBe(0)
    expect(retained(session, clock(), sojourn.settings.retention)).toBe(session)
    sojourn.close()
  })

  it('is asked for in durations, and what is none is told', () => {
    const faults = (options: unknown): unknown => {
      try {
        start({ retention: options })
      } catch (error) {
        return (error as { members: { faults: unknown } }).members.faults
      }
      return 'none'
    }
    expect(faults({ addresses: 'soon', names: '1d' })).toEqual([
      'retention.names is no option; there are addresses, userAgents, deviceNames',
      `retention.addresses is "soon"; write a duration such as '30d'`,
    ])
    expect(faults('30d')).toEqual(['retention is not an object of options'])
  })
})
