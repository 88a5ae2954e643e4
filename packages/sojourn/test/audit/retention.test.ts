// What lines of the trail lose before they go.

import { describe, expect, it } from 'vitest'

import { auditTrail, memoryJournal, type TrailRetentionOptions } from '../../src/audit.ts'
import { manualClock } from '../../src/testing/clock.ts'
import { issuer, secret } from '../support/secrets.ts'

const given = { issuer, environment: 'test', secrets: [secret()] } as const

function start(retention: TrailRetentionOptions, journal = memoryJournal()) {
  const clock = manualClock()
  const trail = auditTrail({ ...given, journal, clock, retention })
  const signIn = (subject: string): void =>
    trail.listener({
      type: 'session.created',
      level: 'info',
      at: clock(),
      sessionId: `s-${subject}`,
      subject,
      profile: 'cookie',
      device: { ip: '192.0.2.77', userAgent: 'Firefox/1', label: 'A laptop' },
    })
  return { clock, trail, journal, signIn }
}

describe('a line of the trail', () => {
  it('loses addresses, names of browsers and devices, and whose it is, each in its time, and stays chained', async () => {
    const { clock, trail, journal, signIn } = start({
      addresses: '7d',
      userAgents: '14d',
      deviceNames: '21d',
      people: '28d',
    })
    signIn('alice')
    trail.listener({
      type: 'key.published',
      level: 'info',
      at: clock(),
      kid: 'key-1',
      algorithm: 'ES256',
    })
    const told: unknown[] = []
    for (let week = 0; week < 5; week++) {
      await trail.flush()
      await trail.trim()
      const read = await trail.read('grace', { type: 'session' }, 10)
      const record = read.find(({ number }) => number === 1)
      const { subject, device } = record as { subject?: string; device?: object }
      told.push([subject, ...Object.keys(device ?? {}).toSorted()])
      // In the end also what was looked for in the first week.
      expect(await trail.verify()).toMatchObject({ ok: true, redacted: [0, 1, 1, 1, 2][week] })
      clock.pass('7d')
    }
    expect(told).toEqual([
      ['alice', 'ip', 'label', 'userAgent'],
      ['alice', 'label', 'userAgent'],
      ['alice', 'label'],
      ['alice'],
      [undefined],
    ])
    await trail.flush()
    expect(JSON.stringify(await journal.read(0, 1))).not.toContain('alice')
    // What is about nobody stays whole, and so does what is young.
    expect((await journal.read(1, 1))[0]?.text).toContain('key-1')
    signIn('bob')
    await trail.flush()
    await trail.trim()
    await trail.flush()
    expect(await trail.read('grace', { subject: 'bob' }, 1)).toMatchObject([
      { device: { ip: '192.0.2.0/24' } },
    ])
    expect(await trail.read('grace', { type: 'audit.shortened' }, 10)).toMatchObject([
      { lines: 1 },
      { lines: 2 },
      { lines: 1 },
      { lines: 1 },
      { lines: 1 },
    ])
  })

  it('is looked at again only where it has something left to lose, by a server that goes on', async () => {
    let reads: number[] = []
    const kept = memoryJournal()
    const counting: typeof kept = {
      ...kept,
      read(after, limit) {
        reads.push(after)
        return kept.read(after, limit)
      },
    }
    const { clock, trail, signIn } = start({ addresses: '1d' }, counting)
    for (let person = 0; person < 30; person++) signIn(`person-${person}`)
    await trail.flush()
    clock.pass('1d')
    await trail.trim()
    expect(await trail.verify()).toMatchObject({ ok: true, redacted: 30 })
    signIn('late')
    await trail.flush()
    reads = []
    clock.pass('1d')
    await trail.trim()
    await trail.flush()
    expect(reads.filter((after) => after > 0 && after < 29)).toEqual([])
    expect(await trail.verify()).toMatchObject({ ok: true, redacted: 31 })
  })

  it('keeps all of it where nothing is said', async () => {
    const { clock, trail, journal, signIn } = start({})
    signIn('alice')
    await trail.flush()
    const before = await journal.read(0, 10)
    clock.pass('300d')
    expect(await trail.trim()).toBe(0)
    expect(await journal.read(0, 10)).toEqual(before)
  })
})
