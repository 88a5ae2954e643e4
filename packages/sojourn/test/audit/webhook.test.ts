// Webhooks to a real receiver: it checks signatures as Standard Webhooks says, fails, hangs, redirects and comes back.

import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { webhookSink, type WebhookFailure, type WebhookOptions, type WebhookSink } from '../../src/audit.ts'
import type { SojournEvent } from '../../src/index.ts'

const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')
const secret = `whsec_${key.toString('base64')}`

interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly path: string | undefined
}

let received: Received[]
let answer: (response: ServerResponse, count: number) => void
let server: Server
let url: string
const sinks: WebhookSink[] = []

beforeEach(async () => {
  received = []
  answer = (response) => response.writeHead(204).end()
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      received.push({ headers: request.headers, body, path: request.url })
      answer(response, received.length)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await Promise.all(sinks.splice(0).map((sink) => sink.close()))
})

function sinkTo(options: Partial<WebhookOptions> = {}): { sink: WebhookSink; failures: WebhookFailure[] } {
  const failures: WebhookFailure[] = []
  const onFailure = (failure: WebhookFailure): void => void failures.push(failure)
  const sink = webhookSink({ url, secret, retryAfter: ['10ms', '10ms', '10ms'], onFailure, ...options })
  sinks.push(sink)
  return { sink, failures }
}

function created(subject: string): SojournEvent {
  const device = { ip: '192.0.2.77', userAgent: 'Robot/1' }
  return {
    type: 'session.created',
    level: 'info',
    at: 0,
    sessionId: 's1',
    subject,
    profile: 'cookie',
    device,
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2))
}

function isSigned({ headers, body }: Received): boolean {
  const [id, time] = [headers['webhook-id'], headers['webhook-timestamp']]
  const mac = createHmac('sha256', key)
    .update(`${String(id)}.${String(time)}.${body}`)
    .digest('base64')
  return headers['webhook-signature'] === `v1,${mac}` && Math.abs(Number(time) - Date.now() / 1000) < 300
}

describe('a webhook', () => {
  it('is signed as Standard Webhooks has it, and says what happened', async () => {
    const { sink } = sinkTo()
    sink.listener(created('alice'))
    await until(() => sink.waiting === 0)
    const [one] = received as [Received]
    expect([isSigned(one), one.headers['content-type']]).toEqual([true, 'application/json'])
    expect(one.headers['webhook-id']).toMatch(/^msg_[\w-]{24}$/)
    expect(JSON.parse(one.body)).toEqual({
      type: 'session.created',
      timestamp: '1970-01-01T00:00:00.000Z',
      data: {
        level: 'info',
        sessionId: 's1',
        subject: 'alice',
        profile: 'cookie',
        device: { ip: '192.0.2.0/24', userAgent: 'Robot/1' },
      },
    })
  })

  it('is sent for the chosen events only', async () => {
    const { sink } = sinkTo({ events: ['session.ended', 'csrf'] })
    sink.listener(created('alice'))
    sink.listener({ type: 'csrf.rejected', level: 'warning', at: 0, reason: 'token' })
    await until(() => sink.waiting === 0)
    expect(received.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual(['csrf.rejected'])
  })

  it('is tried again under the same id until it is taken', async () => {
    answer = (response, count) => response.writeHead(count < 3 ? 500 : 200).end('thanks')
    const { sink, failures } = sinkTo()
    sink.listener(created('alice'))
    await until(() => sink.waiting === 0)
    expect([received.length, received.every(isSigned)]).toEqual([3, true])
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(failures.map(({ reason, isGivenUp }) => [reason, isGivenUp])).toEqual([
      ['HTTP 500', false],
      ['HTTP 500', false],
    ])
  })

  it('is given up after the last attempt, or at once where the receiver is gone for good', async () => {
    answer = (response) => response.writeHead(500).end()
    const { sink, failures } = sinkTo()
    sink.listener(created('alice'))
    await until(() => sink.waiting === 0)
    expect([received.length, failures.at(-1)?.isGivenUp]).toEqual([4, true])
    answer = (response) => response.writeHead(410).end()
    sink.listener(created('bob'))
    await until(() => sink.waiting === 0)
    expect([received.length, failures.at(-1)]).toMatchObject([5, { reason: 'HTTP 410', isGivenUp: true }])
  })

  it('follows no redirect', async () => {
    answer = (response, count) =>
      count === 1 ? response.writeHead(307, { location: '/elsewhere' }).end() : response.writeHead(204).end()
    const { sink, failures } = sinkTo()
    sink.listener(created('alice'))
    await until(() => sink.waiting === 0)
    expect(received.map(({ path }) => path)).toEqual(['/hook', '/hook'])
    expect(failures[0]?.reason).toBe('HTTP 307')
  })
})

describe('a receiver', () => {
  it('that hangs keeps nobody waiting, and is asked again', async () => {
    answer = (response, count) => void (count > 1 && response.writeHead(204).end())
    const { sink, failures } = sinkTo({ timeout: '50ms' })
    sink.listener(created('alice'))
    // The listener has returned already.
    expect([sink.waiting, received.length]).toEqual([1, 0])
    await until(() => sink.waiting === 0)
    expect([failures.length, received.length]).toEqual([1, 2])
  })

  it('that is away gets what it has missed when it is back', async () => {
    const port = Number(new URL(url).port)
    server.close()
    await once(server, 'close')
    const { sink, failures } = sinkTo({ retryAfter: Array.from({ length: 200 }, () => '20ms' as const) })
    for (const subject of ['alice', 'bob', 'carol']) sink.listener(created(subject))
    await until(() => failures.length >= 3)
    server.listen(port, '127.0.0.1')
    await until(() => sink.waiting === 0)
    const subjects = received.map(({ body }) => /"subject":"(\w+)"/.exec(body)?.[1])
    expect(new Set(subjects)).toEqual(new Set(['alice', 'bob', 'carol']))
    expect(failures.some(({ isGivenUp }) => isGivenUp)).toBe(false)
  })

  it('that is slow is asked four times at once at the most, and what does not fit is let go', async () => {
    const open: ServerResponse[] = []
    answer = (response) => void open.push(response)
    const { sink, failures } = sinkTo({ mostWaiting: 6 })
    for (let number = 0; number < 8; number++) sink.listener(created(`person${number}`))
    await until(() => open.length === 4)
    expect([sink.waiting, failures.map(({ reason }) => reason)]).toEqual([6, ['no room', 'no room']])
    while (sink.waiting > 0) {
      open.shift()?.writeHead(204).end()
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect(received).toHaveLength(6)
  })
})

it('a sink that is closed waits for the answers under way, and says how many events were not taken', async () => {
  answer = (response, count) => void response.writeHead(count === 1 ? 500 : 204).end()
  const { sink, failures } = sinkTo({ retryAfter: ['1h'] })
  sink.listener(created('alice'))
  await until(() => failures.length === 1)
  sink.listener(created('bob'))
  await until(() => received.length === 2)
  expect(await sink.close()).toBe(1)
  sink.listener(created('carol'))
  expect(sink.waiting).toBe(1)
})

describe('options that cannot be used', () => {
  it.each([
    [{ url: 'http://hooks.example/in' }, 'https'],
    [{ url: 'https://user:word@hooks.example/in' }, 'a user or a password'],
    [{ url: 'ftp://127.0.0.1' }, 'https'],
    [{ secret: undefined }, 'whsec_'],
    [{ secret: `whsec_${'A'.repeat(44)}` }, 'whsec_'],
    [{ retryAfter: ['soon' as '1s'] }, 'duration'],
    [{ mostWaiting: 0 }, 'mostWaiting'],
  ])('%j', (wrong, said) => {
    expect(() => webhookSink({ url, secret, ...wrong })).toThrow(said)
  })
})
