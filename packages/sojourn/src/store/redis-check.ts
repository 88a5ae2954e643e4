// What in the settings of a Redis endangers sessions. It is asked at the start, so that it is read in a log and not
// found out by people who were signed out.

import type { Redis } from './redis-client.ts'

/** A sentence for each thing that should be changed. */
export async function findingsOf(redis: Redis, replicas: number): Promise<readonly string[]> {
  const primaries = await redis.primaries()
  const facts = (await Promise.all(primaries.map((send) => send(['INFO'])))).map(factsIn)
  return [...new Set(facts.flatMap((of) => findings(of, replicas)))]
}

function findings(of: ReadonlyMap<string, string>, replicas: number): string[] {
  const policy = of.get('maxmemory_policy') ?? 'noeviction'
  const version = of.get('redis_version') ?? ''
  const connected = Number(of.get('connected_slaves') ?? 0)
  const reasons: readonly (readonly [applies: boolean, reason: string])[] = [
    [
      policy !== 'noeviction',
      `maxmemory-policy is ${policy}: when memory is short Redis forgets sessions and the notices of logouts; set it to noeviction`,
    ],
    [isOlder(version, 6, 2), `Redis ${version} is too old: 6.2 or newer is needed`],
    [of.get('role') !== 'master', 'This Redis is a replica: it refuses to write, and may be behind'],
    [
      connected < replicas,
      `A sign-out waits for ${replicas} replicas, and a primary has ${connected}: no sign-out will be answered`,
    ],
  ]
  return reasons.flatMap(([applies, reason]) => (applies ? [reason] : []))
}

function isOlder(version: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = version.split('.').map(Number)
  return first < major || (first === major && second < minor)
}

/** The lines `name:value` of INFO. */
export function factsIn(info: unknown): ReadonlyMap<string, string> {
  const lines = String(info).split('\r\n')
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
}
