// The load generator, a process of its own: `node generator.ts '{"port":…,"kind":…,"connections":…,"seconds":…,"apiKey":…}'`.
// Prints what it saw as JSON.

import { Connection } from './connection.ts'
import { kinds } from './kinds.ts'

export interface Load {
  readonly port: number
  readonly kind: string
  readonly connections: number
  readonly seconds: number
  readonly apiKey: string
}

export interface Seen {
  readonly requestsPerSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly max: number
}

const { port, kind, connections, seconds, apiKey } = JSON.parse(process.argv[2] ?? '{}') as Load
const prepare = kinds[kind]
if (!prepare) throw new Error(`There is no load named ${kind}`)

const opened = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)))
const asks = await Promise.all(opened.map((connection, number) => prepare(connection, apiKey, number)))
// What is compiled and cached on first sight is not what a server does all day.
await during(Math.min(2, seconds / 2))
const began = performance.now()
const times = await during(seconds)
const took = (performance.now() - began) / 1000
for (const connection of opened) connection.close()

times.sort((a, b) => a - b)
const at = (part: number): number => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0
const seen: Seen = {
  requestsPerSecond: times.length / took,
  p50: at(0.5),
  p99: at(0.99),
  max: times.at(-1) ?? 0,
}
console.log(JSON.stringify(seen))

async function during(span: number): Promise<number[]> {
  const until = performance.now() + span * 1000
  const all = await Promise.all(
    asks.map(async (ask) => {
      const own: number[] = []
      for (let now = performance.now(); now < until;) {
        await ask()
        const then = performance.now()
        own.push(then - now)
        now = then
      }
      return own
    }),
  )
  return all.flat()
}
