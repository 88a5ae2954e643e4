// Taking one person out of a trail: what is left tells of nobody, and is still chained.

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { describe, expect, it } from 'vitest'

import {
  auditTrail,
  memoryJournal,
  type AuditLine,
  type AuditTrail,
  type Journal,
  type Person,
} from '../../src/audit.ts'
import { chained, lineOf, sealed } from '../../src/audit/record.ts'
import { fileJournal } from '../../src/file.ts'
import type { SojournEvent } from '../../src/index.ts'
import { sqliteJournal } from '../../src/sqlite.ts'
import { manualClock } from '../../src/testing/clock.ts'
import { makeFolder } from '../store/sqlite-folder.ts'
import { issuer, keysFor, secret } from '../support/secrets.ts'

const given = { issuer, environment: 'test', secrets: [secret()] } as const
const clock = manualClock()
const alice: Person = { subject: 'alice', isSession: (id) => id.startsWith('alices-') }

function trailOn(journal: Journal): AuditTrail {
  return auditTrail({ ...given, journal, clock })
}

function eventsOf(subject: string, session: string): readonly SojournEvent[] {
  const about = { at: clock(), sessionId: session, subject, tenant: `${subject}-corp` }
  const device = { ip: '192.0.2.77', userAgent: `${subject}-browser`, label: `${subject} laptop` }
  return [
    { type: 'session.created', level: 'info', ...about, profile: 'cookie', device },
    { type: 'session.refreshed', level: 'info', ...about, generation: 1, device },
    { type: 'csrf.rejected', level: 'warning', at: clock(), sessionId: session, reason: 'token' },
    { type: 'session.ended', level: 'info', ...about, reason: 'signed_out' },
  ]
}

function tellOfBoth(trail: AuditTrail): void {
  const [hers, his] = [eventsOf('alice', 'alices-1'), eventsOf('bob', 'bobs-1')]
  hers.forEach((event, index) => {
    trail.listener(event)
    trail.listener(his[index]!)
  })
  trail.listener({ type: 'session.refused', level: 'info', at: clock(), subject: 'alice', reason: 'limit' })
}

async function all(journal: Journal): Promise<readonly AuditLine[]> {
  return journal.read(0, 1000)
}

describe('a person who is erased from a trail', () => {
  it('is in none of its lines, nor are their sessions and who looked for them, and the chain is whole', async () => {
    const journal = memoryJournal()
    const trail = trailOn(journal)
    tellOfBoth(trail)
    await trail.flush()
    await trail.read('grace', { subject: 'alice' }, 10)
    await trail.explain('grace', 'alices-1', false)
    await trail.read('grace', { subject: 'bob' }, 10)
    await trail.flush()
    const before = await trail.verify()
    expect(await trail.erase('the privacy officer', alice, 1)).toBe(7)
    const text = JSON.stringify(await all(journal))
    expect(text).not.toContain('alice')
    expect(text.match(/bob/g)!.length).toBeGreaterThan(8)
    expect(await trail.verify(before.head)).toMatchObject({ ok: true, faults: [], lines: 13, redacted: 7 })
    expect(await trail.read('grace', { type: 'audit.erased' }, 1)).toMatchObject([
      { by: 'the privacy officer', lines: 7, sessions: 1 },
    ])
    const [ended] = await trail.read('grace', { type: 'session.ended', before: 8 }, 1)
    expect(ended).toEqual({
      number: 7,
      type: 'session.ended',
      level: 'info',
      at: clock(),
      reason: 'signed_out',
      redacted: true,
    })
  })

  it('is looked for in vain a second time, and by two at once', async () => {
    const journal = memoryJournal()
    const [one, other] = [trailOn(journal), trailOn(journal)]
    tellOfBoth(one)
    await one.flush()
    const counts = await Promise.all([one.erase('a', alice), other.erase('b', alice)])
    expect(counts[0] + counts[1]).toBe(5)
    expect(await one.erase('a', alice)).toBe(0)
    expect(await one.verify()).toMatchObject({ ok: true, redacted: 5 })
  })

  it('can be exported before, oldest first, with those lines that name only their session', async () => {
    const trail = trailOn(memoryJournal())
    tellOfBoth(trail)
    await trail.flush()
    const types: string[] = []
    for await (const { type } of trail.about('grace', alice)) types.push(type)
    expect(types).toEqual([
      'session.created',
      'session.refreshed',
      'csrf.rejected',
      'session.ended',
      'session.refused',
    ])
    await trail.flush()
    expect((await trail.read('grace', { type: 'audit.read' }, 1))[0]).toMatchObject({
      asked: '{"subject":"alice","export":true}',
    })
  })

  it('is erased by whoever comes after one who was broken off in the middle', async () => {
    const journal = memoryJournal()
    const trail = trailOn(journal)
    tellOfBoth(trail)
    await trail.flush()
    let calls = 0
    const breaking: Journal = {
      ...journal,
      async amend(changes) {
        calls++
        await journal.amend(changes.slice(0, 2))
        throw new Error('killed')
      },
    }
    await expect(trailOn(breaking).erase('a', alice)).rejects.toThrow('killed')
    expect(calls).toBe(1)
    expect((await trail.verify()).ok).toBe(true)
    expect(await trail.read('grace', { type: 'audit.erased' }, 1)).toEqual([])
    expect(await trail.erase('a', alice)).toBe(3)
    expect(await trail.verify()).toMatchObject({ ok: true, redacted: 5 })
  })

  it('is not called erased where a line stays as it was', async () => {
    const journal = memoryJournal()
    const trail = trailOn({ ...journal, amend: async () => 0 })
    tellOfBoth(trail)
    await expect(trail.erase('a', alice)).rejects.toThrow('cannot be amended')
    expect((await all(journal)).some(({ type }) => type === 'audit.erased')).toBe(false)
  })

  it('is erased from lines that were written before lines had a salt', async () => {
    const [{ auditMac }] = keysFor() as [ReturnType<typeof keysFor>[number]]
    const journal = memoryJournal()
    let mac = ''
    const old = eventsOf('alice', 'alices-1').map((event, index) => {
      const line = lineOf(event, { number: index + 1, before: mac, salt: '' }, auditMac)
      const text = line.text.replace(',"salt":""', '')
      return { ...line, text, mac: (mac = chained(mac, text, auditMac)) }
    })
    await journal.append(0, old, sealed('head', 4, mac, auditMac))
    const trail = trailOn(journal)
    expect(await trail.verify()).toMatchObject({ ok: true, lines: 4, redacted: 0 })
    expect(await trail.erase('a', alice)).toBe(4)
    expect(await trail.verify()).toMatchObject({ ok: true, lines: 5, redacted: 4 })
    expect(JSON.stringify(await all(journal))).not.toContain('alice')
  })
})

describe('R203 a trail from which somebody was erased', () => {
  async function erased(): Promise<{
    trail: AuditTrail
    database: DatabaseSync
    close: () => Promise<void>
  }> {
    const { folder, remove } = makeFolder()
    const journal = sqliteJournal(join(folder, 'audit.db'))
    const trail = trailOn(journal)
    tellOfBoth(trail)
    await trail.flush()
    await trail.erase('a', alice)
    const database = new DatabaseSync(join(folder, 'audit.db'))
    return {
      trail,
      database,
      async close() {
        database.close()
        await trail.close()
        journal.close()
        remove()
      },
    }
  }

  const edits: Readonly<Record<string, readonly [statement: string, faults: readonly string[]]>> = {
    'a line that is left of them was changed': [
      `UPDATE line SET text = replace(text, 'signed_out', 'revoked') WHERE number = 7`,
      ['edited 7'],
    ],
    'such a line was removed': ['DELETE FROM line WHERE number = 7', ['removed 7']],
    'somebody else was taken out by hand': [
      `UPDATE line SET subject = NULL, session_id = NULL, text = (SELECT replace(text, '"number":7', '"number":8') FROM line WHERE number = 7) WHERE number = 8`,
      ['edited 8'],
    ],
    'its seal was taken away': [
      `UPDATE line SET text = substr(text, 1, instr(text, ',"seal"') - 1) || '}' WHERE number = 7`,
      ['edited 7'],
    ],
  }
  it.each(Object.entries(edits))('%s: that is found', async (_, [statement, faults]) => {
    const { trail, database, close } = await erased()
    expect((await trail.verify()).ok).toBe(true)
    database.exec(statement)
    expect((await trail.verify()).faults.map(({ kind, number }) => `${kind} ${number}`)).toEqual(faults)
    await close()
  })

  it('does not hide what was done to a line before', async () => {
    const journal = memoryJournal()
    const trail = trailOn(journal)
    tellOfBoth(trail)
    await trail.flush()
    const line = (await all(journal))[6]!
    const edited = { ...line, text: line.text.replace('signed_out', 'revoked') }
    await journal.amend([{ was: line.text, line: edited }])
    expect(await trail.erase('a', alice)).toBe(5)
    expect(JSON.stringify(await all(journal))).not.toContain('alice')
    expect((await trail.verify()).faults).toEqual([{ kind: 'edited', number: 7 }])
  })
})

describe('the disk under a trail from which somebody was erased', () => {
  const places = {
    SQLite: (folder: string) => {
      const journal = sqliteJournal(join(folder, 'audit.db'))
      return { journal, close: async () => journal.close() }
    },
    files: (folder: string) => {
      const journal = fileJournal(join(folder, 'audit.jsonl'), { rotateBytes: 600 })
      return { journal, close: () => journal.close() }
    },
    'files that a failure of power leaves whole': (folder: string) => {
      const journal = fileJournal(join(folder, 'audit.jsonl'), { durability: 'power' })
      return { journal, close: () => journal.close() }
    },
  }
  it.each(Object.entries(places))('has nothing of them any more, in %s', async (_, open) => {
    const { folder, remove } = makeFolder()
    const { journal, close } = open(folder)
    const trail = trailOn(journal)
    // As many writes as the processes of a server would make.
    for (let round = 0; round < 5; round++) {
      tellOfBoth(trail)
      await trail.flush()
    }
    const disk = (): string =>
      readdirSync(folder)
        .map((name) => readFileSync(join(folder, name), 'latin1'))
        .join()
    expect(disk()).toContain('alice')
    expect(await trail.erase('a', alice)).toBe(25)
    expect(disk()).not.toContain('alice')
    expect(disk()).toContain('bob')
    expect(await trail.verify()).toMatchObject({ ok: true, redacted: 25 })
    tellOfBoth(trail)
    await trail.flush()
    expect(await trail.verify()).toMatchObject({ ok: true, lines: 55 })
    await trail.close()
    await close()
    remove()
  })
})
