// A journal in Redis: a stream whose ids are the numbers of the lines, and a hash with its two sealed ends. Appending is
// one script, so what several nodes write comes one behind the other. Redis keeps it in memory: for a trail of years take
// PostgreSQL or SQLite.

import { redisThrough, type RedisClient } from '../store/redis-client.ts'
import { amendLines, appendLines, keepTail, run } from '../store/redis-scripts.ts'
import type { Milliseconds } from '../core/time.ts'
import { passes, type Journal } from './journal.ts'
import type { AuditLine, Mark } from './record.ts'

export interface RedisJournalOptions {
  readonly client: RedisClient
  /** As for `redisStore`. Default: `sj:`. */
  readonly prefix?: string
  /** How long to wait for an answer, in milliseconds. Default: 5,000: nobody's request waits for it. */
  readonly timeout?: Milliseconds
}

// A search reads the stream from its end; so much of it is looked at, and no more.
const lookedAt = 200_000
const page = 1000
const amendedAtOnce = 200

/** A journal beside the sessions. It does not open or close the client. */
export function redisJournal({ client, prefix = 'sj:', timeout = 5000 }: RedisJournalOptions): Journal {
  const redis = redisThrough(client, timeout)
  // No tag of an owner contains ~. Both keys are in one slot.
  const stream = `${prefix}{~audit}:lines`
  const marks = `${prefix}{~audit}:marks`
  // Lines that are not as they were written any more, by their numbers: an entry of a stream cannot be changed.
  const amended = `${prefix}{~audit}:amended`
  const ask = (command: string, ...args: string[]): Promise<unknown> => redis.send(stream, [command, ...args])
  const markOf = async (kind: 'head' | 'tail'): Promise<Mark | undefined> => {
    const text = (await redis.send(marks, ['HGET', marks, kind])) as string | null
    if (text === null) return undefined
    const [number, mac = '', seal = ''] = text.split(' ')
    return { number: Number(number), mac, seal }
  }
  return {
    head: () => markOf('head'),
    tail: () => markOf('tail'),
    async append(after, lines, head) {
      const added = lines.flatMap((line) => [String(line.number), JSON.stringify(line)])
      return (
        (await run(redis.send, appendLines, [stream, marks], [String(after), textOf(head), ...added])) === 1
      )
    },
    async read(after, limit) {
      // The stream first: a line that is amended in between is in both answers, and never in none.
      const count = String(limit)
      const written = linesIn(await ask('XRANGE', stream, `(${after}-0`, '+', 'COUNT', count))
      const others = (await ask(
        'ZRANGEBYSCORE',
        amended,
        `(${after}`,
        '+inf',
        'LIMIT',
        '0',
        count,
      )) as string[]
      const ends = [written, others].map((page) => (page.length < limit ? Infinity : numberOf(page.at(-1)!)))
      return merged(written, others)
        .filter(({ number }) => number <= Math.min(...ends))
        .slice(0, limit)
    },
    async find(filter, limit) {
      const found: AuditLine[] = []
      const count = String(page)
      let [end, score] = ends(filter.before)
      for (let seen = 0; found.length < limit && seen < lookedAt; seen += page) {
        const written = linesIn(await ask('XREVRANGE', stream, end, '-', 'COUNT', count))
        const others = (await ask(
          'ZREVRANGEBYSCORE',
          amended,
          score,
          '-inf',
          'LIMIT',
          '0',
          count,
        )) as string[]
        const starts = [written, others].map((one) => (one.length < page ? 0 : numberOf(one.at(-1)!)))
        const start = Math.max(...starts)
        const lines = merged(written, others).filter(({ number }) => number >= start)
        found.push(...lines.toReversed().filter((line) => passes(line, filter)))
        if (start === 0) break
        ;[end, score] = ends(start)
      }
      return found.slice(0, limit)
    },
    async trim(tail) {
      // The mark first: a trail that begins too late must never be unexplained.
      await run(redis.send, keepTail, marks, [String(tail.number), textOf(tail)])
      await ask('XTRIM', stream, 'MINID', `${tail.number + 1}-0`)
      await redis.send(amended, ['ZREMRANGEBYSCORE', amended, '-inf', String(tail.number)])
    },
    async amend(changes) {
      let done = 0
      for (let from = 0; from < changes.length; from += amendedAtOnce) {
        const args = changes
          .slice(from, from + amendedAtOnce)
          .flatMap(({ was, line }) => [String(line.number), was, JSON.stringify(line)])
        done += Number(await run(redis.send, amendLines, [stream, amended], args))
      }
      return done
    },
  }
}

/** Where a search that goes on below this number begins, in the stream and in the sorted set. */
function ends(before: number | undefined): [id: string, score: string] {
  return before === undefined ? ['+', '+inf'] : [`(${before}-0`, `(${before}`]
}

function numberOf(line: AuditLine | string): number {
  return typeof line === 'string' ? (JSON.parse(line) as AuditLine).number : line.number
}

/** In order; a line that is in both is as it was amended. */
function merged(written: readonly AuditLine[], amended: readonly string[]): readonly AuditLine[] {
  if (amended.length === 0) return written.toSorted((a, b) => a.number - b.number)
  const lines = new Map(written.map((line) => [line.number, line]))
  for (const text of amended) {
    const line = JSON.parse(text) as AuditLine
    lines.set(line.number, line)
  }
  return [...lines.values()].toSorted((a, b) => a.number - b.number)
}

function textOf({ number, mac, seal }: Mark): string {
  return `${number} ${mac} ${seal}`
}

function linesIn(reply: unknown): readonly AuditLine[] {
  return (reply as [id: string, fields: string[]][]).map(([, [, text = '']]) => JSON.parse(text) as AuditLine)
}
