import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createSojourn } from 'sojourn'
import { createHandler } from 'sojourn/fetch'
import { memoryStore } from 'sojourn/memory'
import { testClient } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'

import { apiKeys } from '../src/apikeys/api-keys.ts'
import { createApp } from '../src/app.ts'
import { newApiKey } from '../src/credentials-file.ts'
import { EventLog } from '../src/events/event-log.ts'
import { serverSentStreams } from '../src/events/server-sent.ts'
import { keepHistory } from '../src/history/keep-history.ts'
import { newLife } from '../src/life.ts'
import { listenerOf } from '../src/listener.ts'
import { newMetrics } from '../src/metrics/metrics.ts'
import { directoryOf } from '../src/search/directory.ts'
import { alone } from '../src/workers/siblings.ts'
import { openLog } from '../src/ops/log.ts'
import { secret } from './support/server.ts'

const manage = newApiKey()
const read = newApiKey()
const keys = apiKeys([
  { key: manage, name: 'one', role: 'manage' },
  { key: read, name: 'other', role: 'read' },
])

describe('API keys', () => {
  it('have a role each, and nothing like them has one', async () => {
    const holders = [await keys.holderOf(manage), await keys.holderOf(read)]
    expect(holders).toEqual([
      { id: expect.stringMatching(/^given-[\w-]{16}$/), name: 'one', role: 'manage' },
      { id: expect.stringMatching(/^given-[\w-]{16}$/), name: 'other', role: 'read' },
    ])
    expect(await keys.holderOfId(holders[0]?.id ?? '')).toEqual(holders[0])
    expect(await keys.holderOfId(holders[1]?.id ?? '')).toEqual(holders[1])
    expect(await keys.holderOfId(manage)).toBeUndefined()
    const others = [
      '',
      ' ',
      manage.slice(0, -1),
      `${manage}x`,
      manage.toLowerCase(),
      `${manage}\0`,
      newApiKey(),
    ]
    expect(await Promise.all(others.map((other) => keys.holderOf(other)))).toEqual(
      others.map(() => undefined),
    )
  })

  it('R116 R163 A115 are compared by timingSafeEqual on digests of one length, all of them, whatever matched before', () => {
    const source = readFileSync(new URL('../src/apikeys/api-keys.ts', import.meta.url), 'utf8')
    expect(source).toContain(
      'for (const one of known) if (timingSafeEqual(one.digest, digest)) holder = one.holder',
    )
    // No other comparison, and no way out of the loop.
    expect(source).not.toMatch(/===|==|\.find\(|\.includes\(|break|key\.length/)
  })
})

describe('the roles', () => {
  it('read may look, and only manage may change', async () => {
    const sojourn = createSojourn({ issuer: 'http://localhost', secrets: [secret], store: memoryStore() })
    const events = new EventLog()
    const directory = directoryOf(sojourn, events)
    const history = keepHistory(sojourn, events, directory)
    const within = {
      life: newLife(),
      events,
      streams: serverSentStreams(1),
      metrics: newMetrics(),
      siblings: alone,
      audit: undefined,
      receivers: { logouts: undefined, events: undefined },
      tellsLogouts: false,
      directory,
      history,
      doctor: async () => [],
    }
    const services = { ...within, sojourn, http: createHandler(sojourn), apiKeys: keys }
    const app = createApp(services, { log: openLog('silent') })
    const server = createServer(listenerOf(app, []))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const client = testClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
    const { session } = await sojourn.create({ subject: 'ada' })
    const ask = async (method: string, path: string, key: string): Promise<number> => {
      const json = method === 'POST' ? { subject: 'ada' } : undefined
      const headers = { authorization: `Bearer ${key}` }
      return (await client.ask(method, path, { headers, ...(json ? { json } : {}) })).status
    }
    const calls = [
      ['GET', '/v1/sessions?subject=ada', 200, 200],
      ['GET', `/v1/sessions/${session.id}`, 200, 200],
      ['POST', '/v1/sessions', 403, 201],
      ['DELETE', `/v1/sessions/${session.id}`, 403, 204],
      ['DELETE', '/v1/subjects/ada/sessions', 403, 200],
    ] as const
    for (const [method, path, reading, managing] of calls) {
      const statuses = [await ask(method, path, read), await ask(method, path, manage)]
      expect([method, path, ...statuses]).toEqual([method, path, reading, managing])
    }
    client.close()
    server.close()
    history.close()
    sojourn.close()
  })
})
