// Removing what has expired from PostgreSQL while others go on reading: in steps so short that hardly a reader on the same
// processors waits for one, each beginning where the one before it has ended. What was removed stays in the index until
// the next vacuum, and a step that began at the beginning would walk over all of it: of a million, when half are gone,
// that takes twice as long as the removing of five hundred.

import type { Sweepable } from '../core/store.ts'
import type { Instant } from '../core/time.ts'
import { statement, type Query, type Statement } from './postgres-client.ts'

// Half a millisecond of the server's time; with fewer, the round trips take longer than the removing.
const sweptAtOnce = 100

// What expires at it or later is everything.
const theBeginning: Instant = Number.MIN_SAFE_INTEGER

/**
 * Sweeps one table. Where it has ended is remembered for as long as the same `before` is asked for, and only to begin
 * there: that nothing is left is always the answer of a step that began at the beginning, because somebody else may
 * have held an entry that was passed, or put in one that expires earlier.
 */
export function postgresSweep(query: Query, table: string): Sweepable['sweep'] {
  const remove = removal(table)
  let reached = { before: theBeginning, from: theBeginning }
  return async (before, limit) => {
    let from = reached.before === before ? reached.from : theBeginning
    let swept = 0
    while (swept < limit) {
      const wanted = Math.min(sweptAtOnce, limit - swept)
      const [[removed, latest] = []] = (await query(remove, [before, from, wanted])).rows
      swept += Number(removed)
      const isShort = Number(removed) < wanted
      if (isShort && from === theBeginning) break
      from = isShort ? theBeginning : Number(latest)
    }
    reached = { before, from }
    return swept
  }
}

// What others hold they are changing or sweeping themselves: nobody waits for anybody. Nor does this one transaction wait
// for the disk: what a crash of the server brings back has expired all the same, and is swept again.
function removal(table: string): Statement {
  return statement(
    `with unhurried as materialized (select set_config('synchronous_commit', 'off', true) as setting),
    swept as (
      delete from ${table} where ctid = any(array(
        select ctid from ${table} where expires_at <= $1 and expires_at >= $2
          order by expires_at limit $3 for update skip locked))
      returning expires_at)
    select count(*), max(expires_at), (select setting from unhurried) from swept`,
  )
}
