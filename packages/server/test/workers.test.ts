import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'

import { testClient, type TestClient } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { serverOnFile, type ServerOnFile } from './support/server-on-file.ts'
import { apiKey } from './support/server.ts'

let place: ServerOnFile
const headers = { authorization: `Bearer ${apiKey}` }

beforeAll(async () => {
  place = await serverOnFile({ args: ['--workers', '2'] })
})
afterAll(() => place.remove())

// A connection each, so that both processes get some.
async function withClient<T>(work: (client: TestClient) => Promise<T>): Promise<T> {
  const client = testClient({ url: place.server.url })
  try {
    return await work(client)
  } finally {
    client.close()
  }
}

const metrics = (): Promise<string> =>
  withClient(async (client) => (await client.ask('GET', '/metrics', { headers })).text)

describe('sojourn serve --workers 2', () => {
  it('serves one set of sessions from two processes, and counts them as one', async () => {
    const ids = await Promise.all(
      Array.from({ length: 12 }, () =>
        withClient(async (client) => {
          const json = { subject: 'workers-ada' }
          const { session } = (await client.ask('POST', '/v1/sessions', { json, headers })).json()
          return (session as { id: string }).id
        }),
      ),
    )
    const listed = await withClient((client) =>
      client.ask('GET', '/v1/sessions?subject=workers-ada', { headers }),
    )
    expect((listed.json()['items'] as { id: string }[]).map(({ id }) => id).toSorted()).toEqual(
      ids.toSorted(),
    )
    const text = await metrics()
    expect(text).toContain('\nsojourn_processes 2\n')
    expect(text).toContain('\nsojourn_events_total{type="session.created",level="info"} 12\n')
  })

  it('tells the events of all processes in every stream', async () => {
    const [response] = (await once(
      get(`${place.server.url}/v1/events?type=session.created`, { headers }),
      'response',
    )) as [IncomingMessage]
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    const subjects = Array.from({ length: 8 }, (_, index) => `workers-${index}`)
    for (const subject of subjects)
      await withClient((client) => client.ask('POST', '/v1/sessions', { json: { subject }, headers }))
    await expect
      .poll(() => subjects.filter((subject) => !text.includes(`"${subject}"`)), { timeout: 30_000 })
      .toEqual([])
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
    expect(ids).toEqual(ids.toSorted((a, b) => a - b))
    response.destroy()
  })

  it('stops without losing an answer, with status 0', async () => {
    const { status } = await place.server.end('SIGTERM')
    expect(status).toBe(0)
  })

  it.each([
    [['--store', 'memory:'], 'in the memory of one process'],
    [['--demo'], '--demo runs in one process'],
  ])('does not start with %j: status 2', async (args, said) => {
    const { status, stderr } = await place.command(['serve', '--workers', '2', '--port', '0', ...args])
    expect([status, stderr]).toEqual([2, expect.stringContaining(said)])
  })
})
