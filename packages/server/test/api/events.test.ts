import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { EventLog } from '../../src/events/event-log.ts'
import { lastEventId, serverSentStreams, type Stream } from '../../src/events/server-sent.ts'
import { apiKey, startServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

interface Message {
  readonly name: string
  readonly id: string | undefined
  readonly data: Record<string, unknown>
}

interface Following {
  readonly response: IncomingMessage
  readonly messages: Message[]
  /** Resolves once there are that many. */
  has(count: number): Promise<readonly Message[]>
  leave(): void
}

async function follow(of: TestServer, query = '', lastId?: string): Promise<Following> {
  const headers = {
    authorization: `Bearer ${apiKey}`,
    ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
  }
  const [response] = (await once(get(`${of.url}/v1/events${query}`, { headers }), 'response')) as [
    IncomingMessage,
  ]
  const messages: Message[] = []
  let rest = ''
  response.setEncoding('utf8').on('data', (text: string) => {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    messages.push(...blocks.filter((block) => block.includes('data:')).map(read))
    response.emit('told')
  })
  return {
    response,
    messages,
    async has(count) {
      while (messages.length < count) await once(response, 'told')
      return messages
    },
    leave: () => response.destroy(),
  }
}

function read(block: string): Message {
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
  return {
    name: field('event') ?? '',
    id: field('id'),
    data: JSON.parse(field('data') ?? '{}') as Record<string, unknown>,
  }
}

async function signIn(subject: string): Promise<string> {
  const told = await server.backend('POST', '/v1/sessions', { json: { subject } })
  return (told.json()['session'] as { id: string }).id
}

describe('GET /v1/events', () => {
  it('tells what happens, as it happens, without a credential', async () => {
    const stream = await follow(server)
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    })
    const id = await signIn('events-ada')
    await server.backend('DELETE', `/v1/sessions/${id}`)
    const told = await stream.has(2)
    stream.leave()
    expect(told.map(({ name }) => name)).toEqual(['session.created', 'session.ended'])
    expect(told[0]?.data).toMatchObject({
      type: 'session.created',
      sessionId: id,
      subject: 'events-ada',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    })
    expect(JSON.stringify(told)).not.toMatch(/sj_|eyJ/)
  })

  it('goes on after the last event that its reader has seen', async () => {
    const first = await follow(server)
    await signIn('events-1')
    const [seen] = await first.has(1)
    first.leave()
    await signIn('events-2')
    await signIn('events-3')
    const second = await follow(server, '', seen?.id)
    const told = await second.has(2)
    second.leave()
    expect(told.map(({ data }) => data['subject'])).toEqual(['events-2', 'events-3'])
  })

  it('says that there is a gap, rather than being silent about it', async () => {
    const stream = await follow(server, '', '1')
    expect((await stream.has(1))[0]?.name).toBe('gap')
    stream.leave()
  })

  it('tells only of one subject or one type when asked to', async () => {
    const ofGrace = await follow(server, '?subject=events-grace&type=session.created')
    await signIn('events-linus')
    const id = await signIn('events-grace')
    await server.backend('DELETE', `/v1/sessions/${id}`)
    await signIn('events-grace')
    const told = await ofGrace.has(2)
    ofGrace.leave()
    expect(told.map(({ name, data }) => [name, data['subject']])).toEqual([
      ['session.created', 'events-grace'],
      ['session.created', 'events-grace'],
    ])
  })

  it('has room for a few, and lets others wait', async () => {
    const small = await startServer()
    const streams = await Promise.all(Array.from({ length: 32 }, () => follow(small)))
    const told = await small.backend('GET', '/v1/events')
    expect([told.status, told.json()['code'], told.headers['retry-after']]).toEqual([
      429,
      'rate_limited',
      '5',
    ])
    for (const stream of streams) stream.leave()
    await small.stop()
  })

  it('ends when the server stops', async () => {
    const short = await startServer()
    const stream = await follow(short)
    const ended = once(stream.response, 'end')
    await short.stop()
    await ended
    expect(stream.response.complete).toBe(true)
  })
})

describe('a stream', () => {
  it('is cut when its reader does not keep up, and what fed it is let go', () => {
    const streams = serverSentStreams(1)
    let stream: Stream | undefined
    let isFed = true
    streams.open('GET', (opened) => {
      stream = opened
      return () => (isFed = false)
    })
    for (let count = 0; count < 2000; count++) stream?.send('told', { count })
    expect(isFed).toBe(false)
    // There is room for another one.
    expect(streams.open('GET', () => () => {}).status).toBe(200)
  })

  it('is let go when its reader leaves', async () => {
    let isFed = true
    const response = serverSentStreams(1).open('GET', () => () => (isFed = false))
    await response.body?.cancel()
    expect(isFed).toBe(false)
  })

  it.each(['', '-1', '1.5', 'x', '1e3', '9'.repeat(20), ' 1'])('takes %j for no number of an event', (id) => {
    expect(lastEventId(id)).toBeUndefined()
  })
})

describe('the log of events', () => {
  it('keeps the last ones, and knows whether it still reaches back to one', () => {
    const log = new EventLog(3)
    const ids: number[] = []
    log.follow(({ id }) => ids.push(id))
    for (let at = 1; at <= 5; at++) log.listener({ type: 'feed.stale', level: 'warning', at, behind: at })
    expect(log.since(0).map(({ event }) => event.at)).toEqual([3, 4, 5])
    expect(ids.map((id) => log.reaches(id))).toEqual([false, true, true, true, true])
  })
})
