// What Redis does for us in one step. All sessions of an owner are one hash, so a script sees a whole operation or
// nothing of it, touches one key, and names that key: it is right in a cluster too, also while a slot is on its way.
//
//   {prefix}{<tag>}    hash    field: rest of an id    value: version ; expiry ; length of owner ; owner ; state
//
// The tag is what ids and owner begin with. The hash expires with the last of its sessions; those of them that expired
// before leave it with a sign-in of their owner. No key is ever searched for.

import { createHash } from 'node:crypto'

import type { Milliseconds } from '../core/time.ts'
import type { Redis } from './redis-client.ts'

export interface Script {
  readonly text: string
  readonly sha: string
}

/** How much longer than its session an entry is kept: the rules judge the time, not a clock of Redis that is ahead. */
export const grace: Milliseconds = 3_600_000

// With each sign-in at most so many others of the hash are looked at, so it costs the same however large the hash is.
const lookedAt = 10

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

const now = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`

// A hash of several sessions lives as long as the longest-lived that it ever had; that of one, exactly as long as that.
const keep = `${now}
local function keep(key, at)
  local left = redis.call('PTTL', key)
  if left < 0 or redis.call('HLEN', key) == 1 or now() + left < tonumber(at) then
    redis.call('PEXPIREAT', key, at)
  end
end
`

/** KEYS hash · ARGV field, value, expiry of the key. */
export const insert: Script = script(`${keep}
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
if redis.call('HLEN', KEYS[1]) > 1 then
  local others = redis.call('HRANDFIELD', KEYS[1], ${lookedAt}, 'WITHVALUES')
  for at = 1, #others, 2 do
    local expiry = tonumber(string.match(others[at + 1], '^[^;]*;([^;]*);'))
    if others[at] ~= ARGV[1] and expiry and expiry + ${grace} < now() then
      redis.call('HDEL', KEYS[1], others[at])
    end
  end
end
keep(KEYS[1], ARGV[3])
return 1`)

/** KEYS hash · ARGV field, value, expiry of the key, version before. */
export const replace: Script = script(`${keep}
local kept = redis.call('HGET', KEYS[1], ARGV[1])
if not kept or string.match(kept, '^[^;]*') ~= ARGV[4] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
keep(KEYS[1], ARGV[3])
return 1`)

/** KEYS hash. Gives field, value, field, value, …; a script, because clients make different things of HGETALL. */
export const list: Script = script(`return redis.call('HGETALL', KEYS[1])`)

/** KEYS hash · ARGV rest of the owner, and the field to spare if there is one. Gives the fields that were there. */
export const removeAll: Script = script(`
local removed = {}
local all = redis.call('HGETALL', KEYS[1])
for at = 1, #all, 2 do
  local _, stop, length = string.find(all[at + 1], '^[^;]*;[^;]*;(%d+);')
  if stop and all[at] ~= ARGV[2] and string.sub(all[at + 1], stop + 1, stop + length) == ARGV[1] then
    redis.call('HDEL', KEYS[1], all[at])
    removed[#removed + 1] = all[at]
  end
end
return removed`)

/** KEYS stream · ARGV how long to keep notices in milliseconds, notices. Gives the id of the last of them. */
export const announce: Script = script(`${now}
local last
for at = 2, #ARGV do
  last = redis.call('XADD', KEYS[1], 'MINID', '~', math.max(0, now() - ARGV[1]), '*', 'n', ARGV[at])
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return last`)

/** KEYS stream, marks · ARGV number before, mark of the new head, then number and line of each. Gives 1 if it did. */
export const appendLines: Script = script(`
local head = redis.call('HGET', KEYS[2], 'head')
local number = head and string.match(head, '^%d+') or '0'
if number ~= ARGV[1] then return 0 end
for at = 3, #ARGV, 2 do redis.call('XADD', KEYS[1], ARGV[at] .. '-0', 'l', ARGV[at + 1]) end
redis.call('HSET', KEYS[2], 'head', ARGV[2])
return 1`)

/**
 * KEYS stream, amended · ARGV number, line before and line now of each. An entry of a stream cannot be changed: the line
 * leaves it for a sorted set beside it, by its number. Gives how many it did.
 */
export const amendLines: Script = script(`
local done = 0
for at = 1, #ARGV, 3 do
  local number, was, line = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local entry = redis.call('XRANGE', KEYS[1], number .. '-0', number .. '-0')[1]
  local kept = entry and entry[2][2] or redis.call('ZRANGEBYSCORE', KEYS[2], number, number)[1]
  if kept and cjson.decode(kept).text == was then
    redis.call('XDEL', KEYS[1], number .. '-0')
    redis.call('ZREMRANGEBYSCORE', KEYS[2], number, number)
    redis.call('ZADD', KEYS[2], number, line)
    done = done + 1
  end
end
return done`)

/** KEYS marks · ARGV number and text of the tail. Keeps it unless there is a later one. */
export const keepTail: Script = script(`
local tail = redis.call('HGET', KEYS[1], 'tail')
local number = tail and string.match(tail, '^%d+') or '0'
if tonumber(number) < tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], 'tail', ARGV[2]) end`)

/** KEYS stream. Gives which history of writes this server continues, and its time. A new primary begins a new one. */
export const source: Script = script(`${now}
return {string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)') or '', tostring(now())}`)

/** Runs a script about one key, or about several of one slot, in one round trip unless the server does not know it yet. */
export async function run(
  send: Redis['send'],
  { sha, text }: Script,
  key: string | readonly [string, ...string[]],
  args: readonly string[],
): Promise<unknown> {
  const keys: readonly [string, ...string[]] = typeof key === 'string' ? [key] : key
  const rest = [String(keys.length), ...keys, ...args]
  try {
    return await send(keys[0], ['EVALSHA', sha, ...rest])
  } catch (error) {
    // A restart, a fail-over or SCRIPT FLUSH has made it forget the script; EVAL brings it back.
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
    return send(keys[0], ['EVAL', text, ...rest])
  }
}
