// `npm run soak`: a day of traffic in fast motion. People come and go over real HTTP, their access tokens run out, sessions
// are idle and swept, streams stay open and are closed by sign-outs; the clock is ours, so a day takes a minute. What
// must not happen: memory that grows from hour to hour, and handles that are left when everybody has gone.
//
//   --hours n    Default: 24
//   --people n   how many are there at any time. Default: 60
//   --json       the figures alone, for a program

import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'

import { createSojourn } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { lastEvent, sojournNode } from 'sojourn/node'
import { manualClock, testClient, type TestClient } from 'sojourn/testing'

import { table } from '../table.ts'

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '24' },
    people: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
  },
})
const [hours, people] = [Number(values.hours), Number(values.people)]

interface Hour {
  readonly hour: number
  readonly requests: number
  readonly sessions: number
  readonly streams: number
  /** Megabytes, after everything superfluous has been collected. */
  readonly heap: number
}

const handlesBefore = handles()
const clock = manualClock(Date.UTC(2026, 0, 1))
const store = memoryStore()
const sojourn = createSojourn({
  issuer: 'https://app.example',
  environment: 'soak',
  secrets: ['jbpyy2bNInf7AlC9UdUQ0xTvkqepyL0T6G2SxEs7g6g'],
  store,
  clock,
  // Full within the first hour, so that what grows after that is no cache.
  cacheSize: 200,
})
let streams = 0
const server = createServer(
  sojournNode(
    sojourn,
    async (request, response, exchange) => {
      if (request.url === '/sign-in') await exchange.signIn({ subject: `person-${person++ % (people * 3)}` })
      if (request.url !== '/stream' || !exchange.session) return void response.end()
      const live = exchange.live()
      streams += 1
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: hello\n\n')
      live.whenOver((over) => response.end(lastEvent(over)))
      response.on('close', () => {
        streams -= 1
        live.release()
      })
    },
    { trustedProxies: ['loopback'] },
  ),
).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

let person = 0
let requests = 0
const clients: TestClient[] = []
const open: Promise<unknown>[] = []

async function ask(client: TestClient, method: string, path: string): Promise<void> {
  requests += 1
  await client.ask(method, path)
}

/** Somebody new; a quarter of them open a stream. */
async function come(): Promise<void> {
  const client = testClient({ url })
  await ask(client, 'POST', '/sign-in')
  await client.useCsrfToken()
  clients.push(client)
  if (person % 4 === 0) open.push(ask(client, 'GET', '/stream').catch(() => {}))
}

/** The one who has been here longest goes: half of them sign out, the others close the window. */
async function go(): Promise<void> {
  const client = clients.shift()
  if (!client) return
  if (person % 2 === 0) await ask(client, 'POST', '/session/logout')
  client.close()
}

async function minute(): Promise<void> {
  clock.pass('1m')
  while (clients.length < people) await come()
  await Promise.all(clients.slice(0, 20).map((client) => ask(client, 'GET', '/')))
  clients.push(...clients.splice(0, 20))
  await go()
  await sojourn.sweep()
}

const day: Hour[] = []
for (let hour = 1; hour <= hours; hour++) {
  for (let at = 0; at < 60; at++) await minute()
  day.push({ hour, requests, streams, sessions: (await store.stats(clock())).live, heap: heap() })
}

for (const client of clients) client.close()
const closed = once(server, 'close')
server.close()
server.closeAllConnections()
await Promise.all(open)
await closed
sojourn.close()
await new Promise((resolve) => setTimeout(resolve, 100))

const [second, last] = [day[Math.min(1, day.length - 1)]!, day.at(-1)!]
const figures = {
  hours: day,
  growth: last.heap / second.heap,
  handlesLeft: handles() - handlesBefore,
  streamsLeft: streams,
}
console.log(values.json ? JSON.stringify([figures]) : shown())
// A tenth is what the collector leaves behind now and then.
process.exitCode = figures.growth < 1.1 && figures.handlesLeft <= 0 && streams === 0 ? 0 : 1

function shown(): string {
  const rows = day.map(({ hour, heap: megabytes, ...counts }) => ({
    hour: String(hour),
    requests: String(counts.requests),
    sessions: String(counts.sessions),
    'open streams': String(counts.streams),
    'heap MB': megabytes.toFixed(1),
  }))
  return `${table(rows)}\n\nFrom the second hour to the last the heap grew to ${figures.growth.toFixed(2)} of itself. Left behind: ${figures.handlesLeft} handles, ${figures.streamsLeft} streams.`
}

function heap(): number {
  for (let time = 0; time < 3; time++) globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1_000_000
}

function handles(): number {
  return process.getActiveResourcesInfo().filter((name) => /TCP|Timeout|Immediate|Pipe/.test(name)).length
}
