// What is done to a trail by somebody who can write to its file but does not have the secrets, and what `verify` says.

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { auditTrail, type AuditTrail, type Verification } from '../../src/audit.ts'
import { sqliteJournal, type SqliteJournal } from '../../src/sqlite.ts'
import { manualClock } from '../../src/testing/clock.ts'
import { makeFolder } from '../store/sqlite-folder.ts'
import { issuer, secret } from '../support/secrets.ts'

const clock = manualClock()
const options = { issuer, environment: 'test', secrets: [secret()], clock } as const

let trail: AuditTrail
let journal: SqliteJournal
let database: DatabaseSync
let remove: () => void

beforeEach(async () => {
  const made = makeFolder()
  remove = made.remove
  journal = sqliteJournal(join(made.folder, 'audit.db'))
  database = new DatabaseSync(join(made.folder, 'audit.db'))
  trail = auditTrail({ ...options, journal })
  for (let number = 1; number <= 10; number++) tell(`person-${number}`)
  await trail.flush()
})

afterEach(async () => {
  database.close()
  await trail.close()
  journal.close()
  remove()
})

function tell(subject: string): void {
  trail.listener({
    type: 'session.ended',
    level: 'info',
    at: clock(),
    sessionId: `s-${subject}`,
    subject,
    reason: 'revoked',
  })
}

const faultsOf = ({ faults }: Verification): string[] =>
  faults.map(({ kind, number, upTo }) => `${kind} ${number}${upTo === undefined ? '' : `-${upTo}`}`)

describe('a trail that nobody has touched', () => {
  it('is whole, and goes on to be after more was written and after a restart', async () => {
    expect(await trail.verify()).toMatchObject({ ok: true, lines: 10, faults: [], head: { number: 10 } })
    const again = auditTrail({ ...options, journal })
    again.listener({ type: 'csrf.rejected', level: 'warning', at: clock(), reason: 'token' })
    await again.close()
    expect(await again.verify()).toMatchObject({ ok: true, lines: 11 })
  })

  it('is whole under a new secret as long as the old one is still given', async () => {
    const secrets = [secret(2), secret(1)]
    const renewed = auditTrail({ ...options, secrets, journal })
    renewed.listener({ type: 'csrf.rejected', level: 'warning', at: clock(), reason: 'token' })
    await renewed.close()
    expect((await renewed.verify()).ok).toBe(true)
    expect((await auditTrail({ ...options, secrets: [secret(2)], journal }).verify()).ok).toBe(false)
  })

  it('is whole after its oldest lines were trimmed', async () => {
    clock.pass('365d')
    tell('somebody young')
    await trail.flush()
    clock.pass('2d')
    expect(await trail.trim()).toBe(10)
    await trail.flush()
    expect(await trail.verify()).toMatchObject({ ok: true, lines: 2, head: { number: 12 } })
  })
})

describe('R203 a trail that was tampered with', () => {
  // Each edit, and what is said of it.
  const edits: Readonly<Record<string, readonly [statement: string, faults: readonly string[]]>> = {
    'a text was changed': [
      `UPDATE line SET text = replace(text, 'revoked', 'idle') WHERE number = 4`,
      ['edited 4'],
    ],
    'what is searched by was changed': [
      `UPDATE line SET subject = 'somebody' WHERE number = 4`,
      ['edited 4'],
    ],
    'a mac was changed': [
      `UPDATE line SET mac = 'AAAAAAAAAAAAAAAAAAAAAA' WHERE number = 4`,
      ['edited 4', 'edited 5'],
    ],
    'a line was removed': ['DELETE FROM line WHERE number = 4', ['removed 4-4']],
    'several lines were removed': ['DELETE FROM line WHERE number BETWEEN 3 AND 6', ['removed 3-6']],
    'the first line was removed': ['DELETE FROM line WHERE number = 1', ['removed 1-1']],
    'two lines changed places': [
      `UPDATE line SET number = 100 WHERE number = 4; UPDATE line SET number = 4 WHERE number = 7;
       UPDATE line SET number = 7 WHERE number = 100`,
      ['moved 4', 'edited 5', 'moved 7', 'edited 8'],
    ],
    'a line was removed and the rest moved up': [
      'DELETE FROM line WHERE number = 4; UPDATE line SET number = number - 1 WHERE number > 4',
      ['moved 4', 'moved 5', 'moved 6', 'moved 7', 'moved 8', 'moved 9', 'cut 10-10'],
    ],
    'the end was cut off': ['DELETE FROM line WHERE number > 7', ['cut 8-10']],
    'the end was cut off, and the head put back': [
      `DELETE FROM line WHERE number > 7;
       UPDATE mark SET number = 7, mac = (SELECT mac FROM line WHERE number = 7) WHERE kind = 'head'`,
      ['unsealed 7'],
    ],
    'a line was added': [
      `INSERT INTO line SELECT 11, at, type, session_id, subject, replace(text, '"number":10', '"number":11'), mac FROM line
       WHERE number = 10`,
      ['added 11'],
    ],
    'the beginning was cut off as if it had been trimmed': [
      `INSERT INTO mark SELECT 'tail', number, mac, 'AAAAAAAAAAAAAAAAAAAAAA' FROM line WHERE number = 3;
       DELETE FROM line WHERE number <= 3`,
      ['unsealed 3'],
    ],
    'all of it is gone': ['DELETE FROM line', ['cut 1-10']],
    'a text is no JSON any more': [`UPDATE line SET text = 'x' WHERE number = 4`, ['moved 4']],
  }

  it.each(Object.entries(edits))('%s', async (_, [statement, faults]) => {
    database.exec(statement)
    const verification = await trail.verify()
    expect(verification.ok).toBe(false)
    expect(faultsOf(verification)).toEqual(faults)
  })

  it('goes on to be found out after more was written behind an end that was put back', async () => {
    database.exec(
      `DELETE FROM line WHERE number > 7;
       UPDATE mark SET number = 7, mac = (SELECT mac FROM line WHERE number = 7) WHERE kind = 'head'`,
    )
    tell('somebody later')
    await trail.flush()
    tell('somebody after that')
    await trail.flush()
    const verification = await trail.verify()
    expect([verification.ok, faultsOf(verification)]).toEqual([false, ['unsealed 8']])
    expect(await trail.read('grace', { type: 'audit.unsealed' }, 1)).toMatchObject([{ number: 8, upTo: 7 }])
  })

  it('was put back to an earlier state as a whole, which a head that was written down finds', async () => {
    const { head } = await trail.verify()
    database.exec(
      "ATTACH ':memory:' AS copy; CREATE TABLE copy.line AS SELECT * FROM line; CREATE TABLE copy.mark AS SELECT * FROM mark",
    )
    tell('the one who did it')
    await trail.flush()
    const later = (await trail.verify(head)).head
    expect(later?.number).toBe(11)
    database.exec(
      'DELETE FROM line; DELETE FROM mark; INSERT INTO line SELECT * FROM copy.line; INSERT INTO mark SELECT * FROM copy.mark',
    )
    expect((await trail.verify()).ok).toBe(true)
    expect(faultsOf(await trail.verify(later))).toEqual(['cut 11-11'])
  })
})
