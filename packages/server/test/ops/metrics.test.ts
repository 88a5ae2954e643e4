import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { counter, exposition, gauge, histogram, merged } from '../../src/metrics/registry.ts'
import { startServer, type TestServer } from '../support/server.ts'

describe('the text for Prometheus', () => {
  it('has help, type and one line for each set of labels, escaped', () => {
    const events = counter('events_total', 'What happened.')
    events.add({ type: 'a' })
    events.add({ type: 'a' }, 2)
    events.add({ type: 'say "no"\\\n' })
    expect(exposition([events.family(), gauge('up', 'Up.', 1)])).toBe(
      [
        '# HELP events_total What happened.',
        '# TYPE events_total counter',
        'events_total{type="a"} 3',
        String.raw`events_total{type="say \"no\"\\\n"} 1`,
        '# HELP up Up.',
        '# TYPE up gauge',
        'up 1',
        '',
      ].join('\n'),
    )
  })

  it('counts durations in buckets that include the smaller ones', () => {
    const spans = histogram('span_seconds', 'Spans.', [0.1, 1])
    for (const value of [0.05, 0.1, 0.5, 3]) spans.observe({}, value)
    expect(exposition([spans.family()]).split('\n').slice(2, 7)).toEqual([
      'span_seconds_bucket{le="0.1"} 2',
      'span_seconds_bucket{le="1"} 3',
      'span_seconds_bucket{le="+Inf"} 4',
      'span_seconds_sum 3.65',
      'span_seconds_count 4',
    ])
  })

  it('adds up what several processes have counted', () => {
    const [one, other] = [counter('n_total', 'N.'), counter('n_total', 'N.')]
    one.add({ a: '1' })
    other.add({ a: '1' }, 4)
    other.add({ a: '2' })
    const text = exposition(merged([[one.family()], [other.family()]]))
    expect(text.match(/^n_total.*$/gm)).toEqual(['n_total{a="1"} 5', 'n_total{a="2"} 1'])
  })
})

describe('GET /metrics', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ said: { managementPort: 0 } })
  })
  afterAll(() => server.stop())

  it('counts requests by route, events and entries, and names nobody', async () => {
    const { session } = (
      await server.backend('POST', '/v1/sessions', { json: { subject: 'ada-lovelace' } })
    ).json()
    const { id } = session as { id: string }
    await server.backend('GET', `/v1/sessions/${id}`)
    await server.backend('DELETE', `/v1/sessions/${id}`)
    await server.store.store.insert({
      id: 'expired-0001',
      owner: 'expired-',
      version: 1,
      expiresAt: 1,
      state: '{"t":"s"}',
    })
    await server.client().ask('GET', '/no-such-thing')
    await server.client().ask('PROPFIND', '/session/devices/some-device')
    const told = await server.backend('GET', '/metrics')
    expect([told.status, told.headers['content-type']]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ])
    const { text } = told
    const lines = text.trimEnd().split('\n')
    const shape = /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+-]+)$/
    expect(lines.filter((line) => !shape.test(line))).toEqual([])
    for (const line of [
      'http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="200",http_route="/v1/sessions/{id}"} 1',
      'http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="404"} 1',
      'http_server_request_duration_seconds_count{http_request_method="_OTHER",http_response_status_code="405",http_route="/session/devices/{id}"} 1',
      'sojourn_events_total{type="session.created",level="info"} 1',
      'sojourn_sessions_ended_total{reason="revoked"} 1',
      'sojourn_entries{state="live"} 2',
      'sojourn_sweep_backlog_entries 1',
      'sojourn_processes 1',
      'sojourn_store_up 1',
    ])
      expect(lines).toContain(line)
    expect(text).not.toMatch(/ada-lovelace|no-such-thing|some-device/)
    expect(text).not.toContain(id)
  })

  it('R173 needs a key where everybody comes, and none on the management listener', async () => {
    expect((await server.client().ask('GET', '/metrics')).status).toBe(401)
    const at = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${server.managementPort}${path}`)
    const told = await at('/metrics')
    expect([told.status, await told.text()]).toEqual([
      200,
      expect.stringContaining('sojourn_build_info{version="'),
    ])
    expect((await at('/livez')).status).toBe(200)
    expect((await at('/readyz')).status).toBe(200)
    for (const path of ['/v1/sessions?subject=a', '/session', '/', '/openapi.json'])
      expect((await at(path)).status).toBe(404)
  })

  it('goes on while the store is down, and says so', async () => {
    const broken = await startServer()
    Object.assign(broken.store.store, { stats: () => Promise.reject(new Error('gone')) })
    const { text, status } = await broken.backend('GET', '/metrics')
    expect([status, text]).toEqual([200, expect.stringContaining('sojourn_store_up 0')])
    await broken.stop()
  })
})
