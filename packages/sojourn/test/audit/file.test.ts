// The journal in files: what is left when a process is killed in the middle of it, and what somebody can do to the files.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { auditTrail, type AuditTrail, type Verification } from '../../src/audit.ts'
import { fileJournal, type FileJournal, type FileJournalOptions } from '../../src/file.ts'
import { manualClock } from '../../src/testing/clock.ts'
import { makeFolder } from '../store/sqlite-folder.ts'
import { issuer, secret } from '../support/secrets.ts'

const same = { issuer, environment: 'test', secrets: [secret()] } as const
const writer = fileURLToPath(new URL('file-writer.ts', import.meta.url))

let folder: string
let path: string
const closings: (() => unknown)[] = []
beforeEach(() => {
  const made = makeFolder()
  folder = made.folder
  path = join(folder, 'audit.jsonl')
  closings.push(made.remove)
})
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close()
})

function open(options: FileJournalOptions = {}): FileJournal {
  const journal = fileJournal(path, options)
  closings.push(() => journal.close())
  return journal
}

const clock = manualClock()
function tell(trail: AuditTrail, subject: string): void {
  trail.listener({
    type: 'session.ended',
    level: 'info',
    at: clock(),
    sessionId: `s-${subject}`,
    subject,
    reason: 'idle',
  })
}

async function written(count: number, options: FileJournalOptions = {}): Promise<AuditTrail> {
  const trail = auditTrail({ ...same, journal: open(options), clock })
  for (let number = 1; number <= count; number++) {
    tell(trail, `person-${number}`)
    await trail.flush()
  }
  return trail
}

const faultsOf = ({ faults }: Verification): string[] =>
  faults.map(({ kind, number, upTo }) => `${kind} ${number}${upTo === undefined ? '' : `-${upTo}`}`)

const files = (): string[] => readdirSync(folder).filter((name) => /jsonl(\.\d+)?$/.test(name))

describe('a trail in files', () => {
  it('is lines that people and programs can read, for its owner alone', async () => {
    await written(2)
    const [first, second] = readFileSync(path, 'utf8').trimEnd().split('\n')
    expect(JSON.parse(first!)).toMatchObject({
      number: 1,
      type: 'session.ended',
      subject: 'person-1',
      event: { number: 1, reason: 'idle', sessionId: 's-person-1' },
    })
    expect(JSON.parse(second!)).toMatchObject({ number: 2 })
    for (const name of ['audit.jsonl', 'audit.jsonl.seal'])
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  })

  it.each(['process', 'power'] as const)(
    'R203 is whole after a restart: durability %s',
    async (durability) => {
      await (await written(5, { durability })).close()
      const again = await written(3, { durability })
      expect(await again.verify()).toMatchObject({ ok: true, lines: 8, head: { number: 8 } })
    },
  )

  it('begins a new file when one is full or old, and reads and searches through all', async () => {
    const trail = await written(20, { rotateBytes: 1000 })
    expect(files().length).toBeGreaterThan(4)
    clock.pass('25h')
    const before = files().length
    tell(trail, 'tomorrow')
    await trail.flush()
    expect(files()).toHaveLength(before + 1)
    expect(await trail.verify()).toMatchObject({ ok: true, lines: 21 })
    const found = await trail.read('grace', { type: 'session' }, 15)
    expect(found.map(({ number }) => number)).toEqual(Array.from({ length: 15 }, (_, at) => 21 - at))
    const journal = open()
    expect((await journal.read(7, 9)).map(({ number }) => number)).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 16])
  })

  it('removes whole files that are over, and goes on', async () => {
    const trail = auditTrail({ ...same, journal: open({ rotateBytes: 1000 }), clock, keepFor: '30d' })
    for (let number = 1; number <= 20; number++) {
      tell(trail, `person-${number}`)
      await trail.flush()
    }
    const before = files().length
    clock.pass('31d')
    tell(trail, 'young')
    await trail.flush()
    expect(await trail.trim()).toBe(20)
    expect(files().length).toBeLessThan(before)
    await trail.flush()
    expect(await trail.verify()).toMatchObject({ ok: true, lines: 2, head: { number: 22 } })
    expect(await trail.read('grace', { subject: 'person-20' }, 5)).toEqual([])
  })

  it('is written by ten at once without a gap', async () => {
    const trails = Array.from({ length: 10 }, () =>
      auditTrail({ ...same, journal: open({ rotateBytes: 2000 }), clock }),
    )
    await Promise.all(
      trails.map(async (trail, index) => {
        for (let number = 0; number < 5; number++) {
          tell(trail, `${index}-${number}`)
          await trail.flush()
        }
      }),
    )
    expect(await trails[0]!.verify()).toMatchObject({ ok: true, lines: 50 })
  })

  it('says what cannot be used', () => {
    expect(() => fileJournal(path, { rotateBytes: 0, rotateEvery: 'soon' as '1d' })).toThrow(
      /rotateBytes.*rotateEvery/s,
    )
    writeFileSync(join(folder, 'file'), '')
    expect(() => fileJournal(join(folder, 'file', 'audit.jsonl'))).toThrow(/cannot be used/)
  })

  it('is never begun in a file of somebody else, nor without its seal', async () => {
    writeFileSync(path, 'mine')
    expect(() => fileJournal(path)).toThrow(/which says where an audit trail ends/)
    expect(readFileSync(path, 'utf8')).toBe('mine')
    rmSync(path)
    const trail = await written(2)
    rmSync(`${path}.seal`)
    await expect(trail.verify()).rejects.toThrow(/which says where an audit trail ends/)
    tell(trail, 'late')
    await expect(trail.flush()).rejects.toThrow(/which says where/)
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3)
  })

  it('does not begin anew where the seal cannot be read', async () => {
    const trail = await written(2)
    writeFileSync(`${path}.seal`, '{')
    await expect(trail.verify()).rejects.toThrow(/does not say where an audit trail ends/)
    tell(trail, 'late')
    await expect(trail.flush()).rejects.toThrow(/does not say where/)
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3)
  })
})

describe('a process that is killed while it writes', () => {
  it(
    'R203 has lost nothing that it was told is kept, whenever it is killed',
    { timeout: 180_000 },
    async () => {
      for (let round = 0; round < 4; round++) {
        const child = spawn(process.execPath, [writer, path, `r${round}`], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        let said = ''
        child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
        const gone = once(child, 'close')
        // At another point of its work each time: whatever it was doing when so much had been said.
        while (said.split('\n').length < 10 + 17 * round) await once(child.stdout, 'data')
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 15))
        child.kill('SIGKILL')
        await gone
        const trail = auditTrail({ ...same, journal: open() })
        expect(await trail.verify()).toMatchObject({ ok: true, faults: [] })
        const last = said.trimEnd().split('\n').at(-1)!
        const kept = await trail.read('test', { sessionId: `${last}-2` }, 1)
        expect(kept).toHaveLength(1)
        await trail.flush()
        expect(await trail.verify()).toMatchObject({ ok: true })
      }
      // More than one file was written.
      expect(files().length).toBeGreaterThan(1)
    },
  )

  it('leaves a torn last line that nobody reads and the next append cuts away', async () => {
    const trail = await written(3)
    const whole = readFileSync(path, 'utf8')
    for (const torn of [whole.slice(0, 40), whole.slice(0, -1), whole]) {
      appendFileSync(path, torn)
      expect(await trail.verify()).toMatchObject({ ok: true })
      tell(trail, 'next')
      await trail.flush()
      expect(readFileSync(path, 'utf8').startsWith(whole)).toBe(true)
    }
    expect(await trail.verify()).toMatchObject({ ok: true, lines: 6 })
    expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(6)
  })

  it('between renaming a full file and saying so leaves all of it to be read, and written behind', async () => {
    const trail = await written(4, { rotateBytes: 1_000_000 })
    renameSync(path, `${path}.000000000001`)
    expect(await trail.verify()).toMatchObject({ ok: true, lines: 4 })
    // And with the beginning of the next one.
    writeFileSync(path, 'half a li')
    tell(trail, 'next')
    await trail.flush()
    expect(await trail.verify()).toMatchObject({ ok: true, lines: 5 })
    expect(files()).toHaveLength(2)
  })

  it('leaves no lock behind', async () => {
    const child = spawn(process.execPath, [writer, path, 'a'], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    child.kill('SIGSTOP')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const trail = auditTrail({ ...same, journal: open() })
    tell(trail, 'next')
    await trail.flush()
    expect(await trail.verify()).toMatchObject({ ok: true })
  })
})

describe('R203 files that were tampered with', () => {
  const edits: Readonly<Record<string, readonly [(lines: string[]) => string[], readonly string[]]>> = {
    'a text was changed': [(lines) => lines.with(3, lines[3]!.replace('"idle"', '"lazy"')), ['edited 4']],
    'what is searched by was changed': [
      (lines) => lines.with(3, lines[3]!.replace('"subject":"person-4"', '"subject":"person-9"')),
      ['edited 4'],
    ],
    'a line was taken out': [(lines) => lines.toSpliced(3, 1), ['removed 4-4']],
    'lines changed places': [
      (lines) => lines.with(3, lines[4]!).with(4, lines[3]!),
      ['removed 4-4', 'edited 4', 'removed 5-5'],
    ],
    'the end was cut off': [(lines) => lines.slice(0, 6), ['cut 7-8']],
    'a line is no line any more': [(lines) => lines.with(3, 'x'.repeat(lines[3]!.length)), ['removed 4-4']],
  }
  it.each(Object.entries(edits))('%s', async (_, [edit, expected]) => {
    const trail = await written(8)
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    writeFileSync(path, `${edit(lines).join('\n')}\n`)
    const verification = await trail.verify()
    expect(verification.ok).toBe(false)
    expect(faultsOf(verification)).toEqual(expected)
    // And goes on being so after more was written.
    tell(trail, 'next')
    await trail.flush()
    expect((await trail.verify()).ok).toBe(false)
  })

  it('a seal that says the trail ends earlier', async () => {
    const trail = await written(8)
    const seal = JSON.parse(readFileSync(`${path}.seal`, 'utf8')) as { head: { number: number } }
    seal.head.number = 5
    writeFileSync(`${path}.seal`, JSON.stringify(seal))
    expect(faultsOf(await trail.verify())).toContain('unsealed 5')
  })

  it('nothing else in the folder is touched', async () => {
    mkdirSync(join(folder, 'other'))
    writeFileSync(join(folder, 'audit.jsonl.backup'), 'mine')
    await written(20, { rotateBytes: 1000 })
    expect(readFileSync(join(folder, 'audit.jsonl.backup'), 'utf8')).toBe('mine')
    expect(existsSync(join(folder, 'other'))).toBe(true)
  })
})
