// A journal in Redis: a stream whose ids are the numbers of the lines, and a hash with its two sealed ends. Appending is
// one script, so what several nodes write comes one behind the other. Redis keeps it in memory: for a trail of years take
// PostgreSQL or SQLite.

import { redisThrough, type RedisClient } from '../store/redis-client.ts'
import { appendLines, keepTail, run } from '../store/redis-scripts.ts'
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

/** A journal beside the sessions. It does not open or close the client. */
export function redisJournal({ client, prefix = 'sj:', timeout = 5000 }: RedisJournalOptions): Journal {
  const redis = redisThrough(client, timeout)
  // No tag of an owner contains ~. Both keys are in one slot.
  const stream = `${prefix}{~audit}:lines`
  const marks = `${prefix}{~audit}:marks`
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
    read: async (after, limit) =>
      linesIn(await ask('XRANGE', stream, `(${after}-0`, '+', 'COUNT', String(limit))),
    async find(filter, limit) {
      const found: AuditLine[] = []
      let end = filter.before === undefined ? '+' : `(${filter.before}-0`
      for (let seen = 0; found.length < limit && seen < lookedAt; seen += page) {
        const lines = linesIn(await ask('XREVRANGE', stream, end, '-', 'COUNT', String(page)))
        found.push(...lines.filter((line) => passes(line, filter)))
        if (lines.length < page) break
        end = `(${lines.at(-1)!.number}-0`
      }
      return found.slice(0, limit)
    },
    async trim(tail) {
      // The mark first: a trail that begins too late must never be unexplained.
      await run(redis.send, keepTail, marks, [String(tail.number), textOf(tail)])
      await ask('XTRIM', stream, 'MINID', `${tail.number + 1}-0`)
    },
  }
}

function textOf({ number, mac, seal }: Mark): string {
  return `${number} ${mac} ${seal}`
}

function linesIn(reply: unknown): readonly AuditLine[] {
  return (reply as [id: string, fields: string[]][]).map(([, [, text = '']]) => JSON.parse(text) as AuditLine)
}
