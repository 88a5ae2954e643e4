// What Redis does for us in one step. A script sees a whole operation or nothing of it, and touches one slot only: the
// key of a session and the index of its owner have the same hash tag.
//
//   {prefix}{<tag>}<rest of the id>   string   version ; expiry ; length of owner ; owner ; state
//   {prefix}{<tag>}                   zset     members <length of rest>:<rest><rest of owner>, scored by expiry
//
// Every key expires by itself. Members of sessions that have expired leave the index with the next sign-in of their
// owner, by their score; no key is ever scanned for.

import { createHash } from 'node:crypto'

export interface Script {
  readonly text: string
  readonly sha: string
}

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

// The index lives as long as the longest-lived member that it ever had: its own expiry only moves forward.
const keepIndex = `
local function keep_index(key, at)
  local left = redis.call('PTTL', key)
  local now = redis.call('TIME')
  if left < 0 or now[1] * 1000 + left < tonumber(at) then redis.call('PEXPIREAT', key, at) end
end
`

/** KEYS session, index · ARGV value, key expiry, member. */
export const insert: Script = script(`${keepIndex}
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2])
local now = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', '(' .. (now[1] * 1000))
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[3])
keep_index(KEYS[2], ARGV[2])
return 1`)

/** KEYS session, index · ARGV value, key expiry, member, version before. */
export const replace: Script = script(`${keepIndex}
local kept = redis.call('GET', KEYS[1])
if not kept then return 0 end
local version, expiry = string.match(kept, '^(%d+);(%d+);')
if version ~= ARGV[4] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2])
if string.match(ARGV[1], '^%d+;(%d+);') ~= expiry then
  redis.call('ZADD', KEYS[2], ARGV[2], ARGV[3])
  keep_index(KEYS[2], ARGV[2])
end
return 1`)

/** KEYS session, index · ARGV start of the member. The owner is in the value, so the caller need not know it. */
export const remove: Script = script(`
local kept = redis.call('GET', KEYS[1])
if not kept then return 0 end
local length, rest = string.match(kept, '^%d+;%d+;(%d+);(.*)$')
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1] .. string.sub(rest, 1, tonumber(length)))
return 1`)

// Members of other owners that share the tag are passed over.
const membersOf = `
local function rests_of(index, owner)
  local rests = {}
  for _, member in ipairs(redis.call('ZRANGE', index, 0, -1)) do
    local length, tail = string.match(member, '^(%d+):(.*)$')
    if string.sub(tail, tonumber(length) + 1) == owner then
      rests[#rests + 1] = string.sub(tail, 1, tonumber(length))
    end
  end
  return rests
end
`

/** KEYS index · ARGV rest of the owner. Gives rest, value, rest, value, … */
export const list: Script = script(`${membersOf}
local found = {}
for _, rest in ipairs(rests_of(KEYS[1], ARGV[1])) do
  local value = redis.call('GET', KEYS[1] .. rest)
  if value then
    found[#found + 1] = rest
    found[#found + 1] = value
  end
end
return found`)

/** KEYS index · ARGV rest of the owner, rest of the id to spare. Gives the rests that were there. */
export const removeAll: Script = script(`${membersOf}
local removed = {}
for _, rest in ipairs(rests_of(KEYS[1], ARGV[1])) do
  if rest ~= ARGV[2] then
    if redis.call('DEL', KEYS[1] .. rest) == 1 then removed[#removed + 1] = rest end
    redis.call('ZREM', KEYS[1], #rest .. ':' .. rest .. ARGV[1])
  end
end
return removed`)
