// What every journal of the audit trail must do, as tests, on the real place where it keeps its lines:
//
//   journalSuite('my journal', openMyJournal, { describe, it })

import assert from 'node:assert/strict'

import type { Journal } from '../audit/journal.ts'
import type { AuditLine, Mark } from '../audit/record.ts'
import type { TestRunner } from './store-suite.ts'

/** A journal with nothing in it, and the way to be rid of it. */
export interface OpenedJournal {
  readonly journal: Journal
  close(): Promise<void>
}

const noon = 1_700_000_000_000

function line(number: number, rest: Partial<AuditLine> = {}): AuditLine {
  const text = JSON.stringify({ number, odd: 'ä 𝄞 \u2028 \n "' })
  return { number, at: noon + number, type: 'session.created', text, mac: `mac-${number}`, ...rest }
}

function lines(from: number, to: number): AuditLine[] {
  return Array.from({ length: to - from + 1 }, (_, index) => line(from + index))
}

function mark(number: number): Mark {
  return { number, mac: `mac-${number}`, seal: `seal-${number}` }
}

const stories: Readonly<Record<string, (journal: Journal) => Promise<void>>> = {
  'is empty at the beginning': async (journal) => {
    assert.equal(await journal.head(), undefined)
    assert.equal(await journal.tail(), undefined)
    assert.deepEqual(await journal.read(0, 10), [])
    assert.deepEqual(await journal.find({}, 10), [])
  },

  'gives back what it was given, in order and page by page': async (journal) => {
    assert.equal(await journal.append(0, lines(1, 3), mark(3)), true)
    assert.equal(await journal.append(3, lines(4, 5), mark(5)), true)
    assert.deepEqual(await journal.head(), mark(5))
    assert.deepEqual(await journal.read(0, 10), lines(1, 5))
    assert.deepEqual(await journal.read(2, 2), lines(3, 4))
    assert.deepEqual(await journal.read(5, 2), [])
  },

  'appends only behind the head that the writer knows': async (journal) => {
    assert.equal(await journal.append(7, lines(8, 8), mark(8)), false)
    assert.equal(await journal.append(0, lines(1, 2), mark(2)), true)
    assert.equal(await journal.append(0, lines(1, 2), mark(2)), false)
    assert.equal(await journal.append(1, lines(2, 2), mark(2)), false)
    assert.equal(await journal.append(3, lines(4, 4), mark(4)), false)
    assert.deepEqual(await journal.head(), mark(2))
    assert.deepEqual(await journal.read(0, 10), lines(1, 2))
  },

  'lets one of ten simultaneous writers through': async (journal) => {
    const writers = Array.from({ length: 10 }, (_, index) =>
      journal.append(0, [line(1, { mac: `writer-${index}` })], { ...mark(1), mac: `writer-${index}` }),
    )
    const results = await Promise.all(writers)
    assert.equal(results.filter(Boolean).length, 1)
    const winner = `writer-${results.indexOf(true)}`
    assert.equal((await journal.head())?.mac, winner)
    assert.deepEqual(await journal.read(0, 10), [line(1, { mac: winner })])
  },

  'finds by session, subject, type and time, newest first': async (journal) => {
    const all = [
      line(1, { sessionId: 's1', subject: 'alice' }),
      line(2, { sessionId: 's2', subject: 'bob', type: 'session.ended' }),
      line(3, { type: 'token.rejected' }),
      line(4, { sessionId: 's1', subject: 'alice', type: 'session.ended' }),
      line(5, { type: 'sessions' }),
    ]
    await journal.append(0, all, mark(5))
    const found = async (...asked: Parameters<Journal['find']>): Promise<number[]> =>
      (await journal.find(...asked)).map(({ number }) => number)
    assert.deepEqual(await found({}, 10), [5, 4, 3, 2, 1])
    assert.deepEqual(await found({ sessionId: 's1' }, 10), [4, 1])
    assert.deepEqual(await found({ subject: 'bob' }, 10), [2])
    assert.deepEqual(await found({ type: 'session' }, 10), [4, 2, 1])
    assert.deepEqual(await found({ type: 'session.ended', subject: 'alice' }, 10), [4])
    assert.deepEqual(await found({ since: noon + 3 }, 10), [5, 4, 3])
    assert.deepEqual(await found({ before: 4 }, 2), [3, 2])
    assert.deepEqual(await found({ subject: `' or 1=1 --` }, 10), [])
    assert.deepEqual(await found({ type: 'session%' }, 10), [])
    assert.deepEqual((await journal.find({ sessionId: 's2' }, 1))[0], all[1])
  },

  'keeps long texts and many lines': async (journal) => {
    const long = line(1, { text: JSON.stringify({ number: 1, long: 'x'.repeat(100_000) }) })
    await journal.append(0, [long, ...lines(2, 500)], mark(500))
    assert.deepEqual((await journal.read(0, 1))[0], long)
    assert.equal((await journal.read(0, 1000)).length, 500)
    assert.deepEqual(await journal.find({ subject: 'nobody' }, 10), [])
  },

  'forgets up to a mark, keeps the mark, and goes on behind its head': async (journal) => {
    await journal.append(0, lines(1, 2500), mark(2500))
    await journal.trim(mark(2400))
    assert.deepEqual(await journal.tail(), mark(2400))
    assert.deepEqual(await journal.head(), mark(2500))
    assert.deepEqual(await journal.read(0, 1000), lines(2401, 2500))
    assert.equal(await journal.append(2500, lines(2501, 2501), mark(2501)), true)
    assert.deepEqual(await journal.read(2499, 10), lines(2500, 2501))
  },

  'amends a line that is as it was said to be, in its place, and no other': async (journal) => {
    const all = lines(1, 5).map((one) => ({ ...one, sessionId: 's1', subject: 'alice' }))
    await journal.append(0, all, mark(5))
    const short = (number: number): AuditLine => line(number, { text: JSON.stringify({ number }) })
    const changes = [2, 4].map((number) => ({ was: all[number - 1]!.text, line: short(number) }))
    assert.equal(await journal.amend([...changes, { was: 'something else', line: short(3) }]), 2)
    const now = [all[0], short(2), all[2], short(4), all[4]]
    assert.deepEqual(await journal.read(0, 10), now)
    assert.deepEqual(await journal.read(1, 2), now.slice(1, 3))
    assert.deepEqual(await journal.find({}, 10), now.toReversed())
    assert.deepEqual(await journal.find({ before: 5 }, 2), [now[3], now[2]])
    assert.deepEqual(
      (await journal.find({ subject: 'alice' }, 10)).map(({ number }) => number),
      [5, 3, 1],
    )
    assert.deepEqual(await journal.head(), mark(5))
    // Again from the text that it has now, and never from one that it had.
    assert.equal(await journal.amend(changes), 0)
    assert.equal(await journal.amend([{ was: short(2).text, line: line(2, { text: '{}' }) }]), 1)
    assert.equal((await journal.read(1, 1))[0]?.text, '{}')
    assert.equal(await journal.append(5, lines(6, 6), mark(6)), true)
    await journal.trim(mark(3))
    assert.deepEqual(await journal.read(0, 10), [short(4), all[4], line(6)])
  },

  'amends many lines among many, and gives all of them back in order': async (journal) => {
    const all = lines(1, 2500)
    for (let from = 0; from < all.length; from += 500)
      await journal.append(from, all.slice(from, from + 500), mark(from + 500))
    const short = (number: number): AuditLine => line(number, { text: JSON.stringify({ number }) })
    const chosen = all.filter(({ number }) => number % 3 !== 0)
    const changes = chosen.map(({ number, text }) => ({ was: text, line: short(number) }))
    assert.equal(await journal.amend(changes), chosen.length)
    const now = all.map((one) => (one.number % 3 === 0 ? one : short(one.number)))
    const pages: AuditLine[] = []
    for (let page = await journal.read(0, 1000); page.length > 0;) {
      pages.push(...page)
      page = await journal.read(page.at(-1)!.number, 1000)
    }
    assert.deepEqual(pages, now)
    assert.deepEqual(await journal.find({}, 2200), now.toReversed().slice(0, 2200))
  },

  'never takes back what was forgotten, however many forget at once': async (journal) => {
    await journal.append(0, lines(1, 30), mark(30))
    await journal.trim(mark(20))
    await journal.trim(mark(9))
    assert.deepEqual(await journal.tail(), mark(20))
    assert.deepEqual(await journal.read(0, 100), lines(21, 30))
    await Promise.all([22, 29, 25, 27, 21].map((number) => journal.trim(mark(number))))
    assert.deepEqual(await journal.tail(), mark(29))
    assert.deepEqual(await journal.read(0, 100), lines(30, 30))
  },
}

/** Registers the tests of a journal. `open` is called for each of them. */
export function journalSuite(
  name: string,
  open: () => Promise<OpenedJournal>,
  { describe, it }: TestRunner,
): void {
  describe(`${name}: the contract of a journal`, () => {
    for (const [title, tell] of Object.entries(stories)) {
      it(title, async () => {
        const opened = await open()
        try {
          await tell(opened.journal)
        } finally {
          await opened.close()
        }
      })
    }
  })
}
