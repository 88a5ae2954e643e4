// The trail as a listener: it keeps everything, in order, from several nodes, and makes nobody wait.

import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { auditTrail, memoryJournal, type AuditTrailOptions, type Journal } from '../../src/audit.ts'
import { createSojourn, type SojournEvent } from '../../src/index.ts'
import { sqliteJournal } from '../../src/sqlite.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { manualClock } from '../../src/testing/clock.ts'
import { makeFolder } from '../store/sqlite-folder.ts'
import { issuer, secret } from '../support/secrets.ts'

const given = { issuer, environment: 'test', secrets: [secret()] } as const

function trailOn(journal: Journal, options: Partial<AuditTrailOptions> = {}) {
  return auditTrail({ ...given, journal, ...options })
}

function ended(sessionId: string, at = 1): SojournEvent {
  return { type: 'session.ended', level: 'info', at, sessionId, reason: 'revoked' }
}

describe('the audit trail', () => {
  it('R200 keeps all that Sojourn tells, and R201 nothing that signs anybody in', async () => {
    const journal = memoryJournal()
    const trail = trailOn(journal)
    const sojourn = createSojourn({ ...given, store: memoryStore(), listeners: [trail.listener] })
    const device = { ip: '192.0.2.77', userAgent: 'Mozilla' }
    const issued = await sojourn.create({ subject: 'alice', device, data: { pin: 'data-1234' } })
    const refreshed = await sojourn.refresh(issued.sessionToken)
    await sojourn.revoke(refreshed.session.id, 'signed_out')
    await trail.close()
    const lines = await journal.read(0, 100)
    expect(lines.map(({ type }) => type)).toEqual(['session.created', 'session.refreshed', 'session.ended'])
    const text = lines.map((line) => line.text).join('\n')
    for (const credential of [issued.sessionToken, issued.accessToken, refreshed.sessionToken, 'data-1234'])
      expect(text).not.toContain(credential.slice(-20))
    expect(lines.map(({ sessionId }) => sessionId)).toEqual([1, 2, 3].map(() => issued.session.id))
    sojourn.close()
  })

  it.each([
    ['whole', '192.0.2.77', '192.0.2.77'],
    ['truncated', '192.0.2.77', '192.0.2.0/24'],
    ['truncated', '2001:db8:aaaa:bbbb::1', '2001:db8:aaaa::/48'],
    ['truncated', '2001:db8::1', '2001:db8:0::/48'],
    ['none', '192.0.2.77', undefined],
  ] as const)('keeps an address %s: %s', async (addresses, ip, kept) => {
    const journal = memoryJournal()
    const trail = trailOn(journal, { addresses })
    trail.listener({
      type: 'session.created',
      level: 'info',
      at: 1,
      sessionId: 's',
      profile: 'cookie',
      device: { ip, userAgent: 'x'.repeat(4096) },
    })
    await trail.close()
    const [line] = await journal.read(0, 1)
    const { device } = JSON.parse(line!.text) as { device: { ip?: string; userAgent: string } }
    expect(device.ip).toBe(kept)
    expect(device.userAgent).toHaveLength(256)
  })

  it('R27: keeps of a risk note neither address whole', async () => {
    const trail = trailOn(memoryJournal())
    const sojourn = createSojourn({ ...given, store: memoryStore(), listeners: [trail.listener] })
    const { sessionToken } = await sojourn.create({ device: { userAgent: 'Firefox/1', ip: '192.0.2.77' } })
    await sojourn.refresh(sessionToken, { device: { userAgent: 'curl/8', ip: '198.51.100.77' } })
    await trail.flush()
    expect(await trail.read('grace', { type: 'risk' }, 10)).toMatchObject([
      { device: { ip: '198.51.100.0/24' }, former: { ip: '192.0.2.0/24', userAgent: 'Firefox/1' } },
    ])
    sojourn.close()
  })

  it('tells equal addresses without telling which, if they are hashed', async () => {
    const journal = memoryJournal()
    const trail = trailOn(journal, { addresses: 'hashed' })
    for (const ip of ['192.0.2.77', '192.0.2.77', '192.0.2.78'])
      trail.listener({
        type: 'session.created',
        level: 'info',
        at: 1,
        sessionId: 's',
        profile: 'cookie',
        device: { ip },
      })
    await trail.close()
    const ips = (await journal.read(0, 3)).map(
      ({ text }) => (JSON.parse(text) as { device: { ip: string } }).device.ip,
    )
    expect(ips[0]).toBe(ips[1])
    expect(ips[0]).not.toBe(ips[2])
    expect(ips.join()).not.toContain('192.0.2')
  })

  it('R205 R158 A103 is not filled by what anybody can cause, and says how often that was', async () => {
    const journal = memoryJournal()
    const clock = manualClock()
    const trail = trailOn(journal, { clock, mostAlike: 10 })
    const guess = (reason: 'unknown_session' | 'malformed'): void =>
      trail.listener({ type: 'token.rejected', level: 'warning', at: clock(), token: 'session', reason })
    const since = clock()
    for (let guesses = 0; guesses < 100_000; guesses++) guess('malformed')
    guess('unknown_session')
    trail.listener(ended('s1', clock()))
    expect(trail.waiting).toBe(12)
    clock.pass('1m')
    guess('malformed')
    await trail.close()
    const lines = (await journal.read(0, 100)).map(({ text }) => JSON.parse(text) as Record<string, unknown>)
    expect(lines.map(({ type }) => type)).toEqual([
      ...Array<string>(11).fill('token.rejected'),
      'session.ended',
      'audit.repeated',
      'token.rejected',
    ])
    expect(lines[12]).toMatchObject({ of: 'token.rejected', reason: 'malformed', count: 99_990, since })
  })

  it('R205 says how often that was at its end, too, and each minute anew', async () => {
    const journal = memoryJournal()
    const clock = manualClock()
    const trail = trailOn(journal, { clock, mostAlike: 1 })
    const limited = (): void => trail.listener({ type: 'rate.limited', level: 'warning', at: clock() })
    for (const many of [3, 2]) {
      for (let asked = 0; asked < many; asked++) limited()
      await trail.flush()
      clock.pass('1m')
      await trail.flush()
    }
    for (let asked = 0; asked < 5; asked++) limited()
    await trail.close()
    const counts = (await journal.read(0, 100)).map(
      ({ text }) => (JSON.parse(text) as { count?: number }).count,
    )
    expect(counts).toEqual([undefined, 2, undefined, 1, undefined, 4])
  })

  it('R206 writes down who has read it', async () => {
    const trail = trailOn(memoryJournal())
    trail.listener(ended('s1'))
    trail.listener(ended('s2'))
    await trail.flush()
    const [event] = await trail.read('grace', { sessionId: 's1' }, 10)
    expect(event).toMatchObject({ type: 'session.ended', sessionId: 's1', number: 1 })
    await trail.flush()
    const [read] = await trail.read('linus', { type: 'audit' }, 10)
    expect(read).toMatchObject({ type: 'audit.read', by: 'grace', asked: '{"sessionId":"s1","limit":10}' })
    await trail.close()
  })

  it('is one chain, whoever of five nodes writes to it', async () => {
    const { folder, remove } = makeFolder()
    const journals = Array.from({ length: 5 }, () => sqliteJournal(join(folder, 'audit.db')))
    const trails = journals.map((journal) => trailOn(journal))
    for (let event = 0; event < 200; event++) {
      trails[event % 5]!.listener(ended(`s${event}`))
      if (event % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 3))
    }
    await Promise.all(trails.map((trail) => trail.close()))
    const verification = await trails[0]!.verify()
    const sessions = (await journals[0]!.read(0, 1000)).map(({ sessionId }) => sessionId)
    for (const journal of journals) journal.close()
    remove()
    expect(verification).toMatchObject({ ok: true, lines: 200 })
    expect(new Set(sessions).size).toBe(200)
  })

  it('is found whole while others write to it and trim it', async () => {
    const kept = memoryJournal()
    const clock = manualClock()
    const writer = trailOn(kept, { keepMost: 3000, clock })
    const tellMany = async (count: number): Promise<void> => {
      for (let event = 0; event < count; event++) writer.listener(ended(`s${event}`, clock()))
      await writer.flush()
    }
    await tellMany(5000)
    let pages = 0
    const busy: Journal = {
      ...kept,
      async read(after, limit) {
        // Each time so much that what would have come next is gone.
        pages += 1
        await tellMany(1500)
        await writer.trim()
        return kept.read(after, limit)
      },
    }
    expect(await trailOn(busy).verify()).toMatchObject({ ok: true, faults: [] })
    expect(pages).toBe(2)
    await writer.close()
  })

  it('R206 forgets the oldest lines where it may not have so many', async () => {
    const journal = memoryJournal()
    const clock = manualClock()
    const trail = trailOn(journal, { keepMost: 20, clock })
    for (let event = 0; event < 30; event++) trail.listener(ended(`s${event}`, clock()))
    await trail.flush()
    expect(await trail.trim()).toBe(10)
    await trail.flush()
    expect((await journal.read(0, 100)).map(({ number }) => number)).toEqual(
      Array.from({ length: 21 }, (_, index) => 11 + index),
    )
    expect((await trail.verify()).ok).toBe(true)
    await trail.close()
  })

  it('can be followed from a line on, by filter, until one has seen enough', async () => {
    const journal = memoryJournal()
    const trail = trailOn(journal)
    trail.listener(ended('before'))
    await trail.flush()
    const enough = new AbortController()
    const seen: unknown[] = []
    const head = await trail.head()
    const following = trail.follow(
      'grace',
      { type: 'session' },
      {
        after: head!.number,
        every: 5,
        signal: enough.signal,
      },
    )
    trail.listener(ended('s1'))
    for await (const record of following) {
      seen.push([record.number, 'sessionId' in record && record.sessionId])
      if (seen.length === 1) setTimeout(() => trail.listener(ended('s2')), 20)
      else enough.abort()
    }
    expect(seen).toEqual([
      [3, 's1'],
      [4, 's2'],
    ])
    await trail.flush()
    const [read] = await trail.read('linus', { type: 'audit.read' }, 1)
    expect(read).toMatchObject({ number: 2, by: 'grace', asked: '{"type":"session","follow":true}' })
    await trail.close()
  })
})

describe('while the journal is out of reach', () => {
  function brittle(): { journal: Journal; isDown: boolean; losesAnswers: boolean } {
    const kept = memoryJournal()
    const state = { journal: kept, isDown: false, losesAnswers: false }
    state.journal = {
      ...kept,
      async append(...args) {
        if (state.isDown) throw new Error('the journal is down')
        const done = await kept.append(...args)
        if (state.losesAnswers) throw new Error('the answer is lost')
        return done
      },
    }
    return state
  }

  it('R204 nobody waits, and everything is there when it is back', async () => {
    const state = brittle()
    const errors: unknown[] = []
    const trail = trailOn(state.journal, { onError: (error) => errors.push(error) })
    state.isDown = true
    trail.listener(ended('s1'))
    await expect(trail.flush()).rejects.toThrow('the journal is down')
    trail.listener(ended('s2'))
    expect([trail.waiting, errors.length]).toEqual([2, 1])
    state.isDown = false
    await trail.flush()
    expect((await state.journal.read(0, 10)).map(({ sessionId }) => sessionId)).toEqual(['s1', 's2'])
    await trail.close()
  })

  it('R204 what does not fit is let go, and the trail says how much', async () => {
    const state = brittle()
    const trail = trailOn(state.journal, { mostWaiting: 3, clock: manualClock() })
    for (let event = 0; event < 10; event++) trail.listener(ended(`s${event}`))
    await trail.close()
    const lines = await state.journal.read(0, 10)
    expect(lines.map(({ type }) => type)).toEqual([
      'session.ended',
      'session.ended',
      'session.ended',
      'audit.lost',
    ])
    expect(JSON.parse(lines.at(-1)!.text)).toMatchObject({ count: 7, level: 'critical' })
  })

  it('an answer that got lost writes nothing twice', async () => {
    const state = brittle()
    const trail = trailOn(state.journal)
    state.losesAnswers = true
    trail.listener(ended('s1'))
    await expect(trail.flush()).rejects.toThrow('the answer is lost')
    state.losesAnswers = false
    trail.listener(ended('s2'))
    await trail.close()
    expect((await state.journal.read(0, 10)).map(({ sessionId }) => sessionId)).toEqual(['s1', 's2'])
    expect((await trail.verify()).ok).toBe(true)
  })
})

describe('options that cannot be used', () => {
  it('are told all at once', () => {
    const options = {
      ...given,
      journal: memoryJournal(),
      secrets: ['short'],
      keepFor: 'ever' as '1d',
      mostWaiting: 0,
      mostAlike: 0,
    }
    expect(() => auditTrail({ ...options, addresses: 'all' as 'none' })).toThrow(
      /secrets\[0\].*keepFor.*addresses.*mostWaiting/s,
    )
  })
})
