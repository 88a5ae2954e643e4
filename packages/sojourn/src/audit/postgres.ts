// A journal in PostgreSQL, beside the sessions. Appending is one statement: it moves the head from the number it was
// computed from and adds the lines, or does nothing.

import { querier, statement, type PostgresClient, type Value } from '../store/postgres-client.ts'
import { migrate, withAdvice } from '../store/postgres-schema.ts'
import type { Milliseconds } from '../core/time.ts'
import type { AuditFilter, Journal } from './journal.ts'
import type { AuditLine, Mark } from './record.ts'

export interface PostgresJournalOptions {
  /** A `Pool` of `pg`, or the `sql` of `postgres`. */
  readonly client: PostgresClient
  /** As for `postgresStore`. Default: `sojourn`. */
  readonly schema?: string
  /** How long to wait for an answer, in milliseconds. Default: 10,000: nobody's request waits for it. */
  readonly timeout?: Milliseconds
  /** Whether the server keeps the plans of statements. Default: true. */
  readonly prepare?: boolean
}

export interface PostgresJournal extends Journal {
  /** As that of `postgresStore`; either of them will do. */
  migrate(): Promise<void>
}

const columns = 'number, at, type, session_id, subject, text, mac'
const trimmedAtOnce = 1000

/** A journal in the schema of the sessions. It does not open or close the client. */
export function postgresJournal({
  client,
  schema = 'sojourn',
  timeout = 10_000,
  prepare = true,
}: PostgresJournalOptions): PostgresJournal {
  const query = withAdvice(querier(client, { prepare, timeout }), schema)
  const [lines, marks] = [`"${schema}".audit_lines`, `"${schema}".audit_marks`]
  const sql = {
    mark: statement(`select number, mac, seal from ${marks} where kind = $1 and number > 0`),
    append: statement(
      `with moved as (
        update ${marks} set number = $2, mac = $3, seal = $4 where kind = 'head' and number = $1 returning 1
      )
      insert into ${lines} (${columns})
        select ${columns} from json_to_recordset($5::json)
          as line(number bigint, at bigint, type text, session_id text, subject text, text text, mac text)
        where exists (select from moved)`,
    ),
    read: statement(`select ${columns} from ${lines} where number > $1 order by number limit $2`),
    keepTail: statement(
      `update ${marks} set number = $1, mac = $2, seal = $3 where kind = 'tail' and number < $1`,
    ),
    amend: statement(
      `update ${lines} as line set session_id = now.session_id, subject = now.subject, text = now.text
        from json_to_recordset($1::json) as now(number bigint, was text, session_id text, subject text, text text)
        where line.number = now.number and line.text = now.was`,
    ),
    trim: statement(
      `delete from ${lines} where number in (select number from ${lines} where number <= $1 order by number limit $2)`,
    ),
  }
  const markOf = async (kind: 'head' | 'tail'): Promise<Mark | undefined> => {
    const [row] = (await query(sql.mark, [kind])).rows
    return row && { number: Number(row[0]), mac: String(row[1]), seal: String(row[2]) }
  }
  return {
    migrate: () => migrate(query, schema),
    head: () => markOf('head'),
    tail: () => markOf('tail'),
    async append(after, added, { number, mac, seal }) {
      const rows = added.map(({ sessionId, ...line }) => ({ ...line, session_id: sessionId }))
      return (await query(sql.append, [after, number, mac, seal, JSON.stringify(rows)])).count > 0
    },
    read: async (after, limit) => (await query(sql.read, [after, limit])).rows.map(lineIn),
    async find(filter, limit) {
      const { where, values } = conditionsOf(filter)
      const text = `select ${columns} from ${lines} where ${where} order by number desc limit $${values.length + 1}`
      return (await query(statement(text), [...values, limit])).rows.map(lineIn)
    },
    async amend(changes) {
      const rows = changes.map(({ was, line: { number, sessionId, subject, text } }) => ({
        number,
        was,
        session_id: sessionId,
        subject,
        text,
      }))
      return (await query(sql.amend, [JSON.stringify(rows)])).count
    },
    async trim({ number, mac, seal }) {
      // The mark first: a trail that begins too late must never be unexplained.
      await query(sql.keepTail, [number, mac, seal])
      while ((await query(sql.trim, [number, trimmedAtOnce])).count === trimmedAtOnce);
    },
  }
}

function conditionsOf({ sessionId, subject, type, since, before }: AuditFilter): {
  where: string
  values: Value[]
} {
  const values: Value[] = []
  const conditions = (
    [
      [sessionId, (at) => `session_id = ${at}`],
      [subject, (at) => `subject = ${at}`],
      [type, (at) => `(type = ${at} or starts_with(type, ${at} || '.'))`],
      [since, (at) => `at >= ${at}`],
      [before, (at) => `number < ${at}`],
    ] satisfies [Value | undefined, (at: string) => string][]
  ).flatMap(([value, condition]) => {
    if (value === undefined) return []
    values.push(value)
    return [condition(`$${values.length}`)]
  })
  return { where: conditions.join(' and ') || 'true', values }
}

function lineIn(row: readonly unknown[]): AuditLine {
  const [number, at, type, sessionId, subject, text, mac] = row as (string | null)[]
  return {
    number: Number(number),
    at: Number(at),
    type: String(type),
    ...(sessionId === null ? {} : { sessionId: String(sessionId) }),
    ...(subject === null ? {} : { subject: String(subject) }),
    text: String(text),
    mac: String(mac),
  }
}
