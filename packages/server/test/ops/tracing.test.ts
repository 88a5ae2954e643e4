// Traces as the real SDK of OpenTelemetry receives them.

import { SpanKind } from '@opentelemetry/api'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startServer, type TestServer } from '../support/server.ts'

const exporter = new InMemorySpanExporter()
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
let server: TestServer
beforeAll(async () => {
  provider.register()
  server = await startServer()
  exporter.reset()
})
afterAll(async () => {
  await server.stop()
  await provider.shutdown()
})

const traceId = '0af7651916cd43dd8448eb211c80319c'
const traceparent = `00-${traceId}-b7ad6b7169203331-01`

describe('a request', () => {
  it('is a span of the trace that its caller has begun, with the names of the conventions, and the store beneath it', async () => {
    await server.backend('POST', '/v1/sessions', { json: { subject: 'ada' }, headers: { traceparent } })
    const spans = exporter.getFinishedSpans()
    const request = spans.find(({ kind }) => kind === SpanKind.SERVER)
    expect(request?.name).toBe('POST /v1/sessions')
    expect(request?.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/v1/sessions',
      'http.response.status_code': 201,
      'url.path': '/v1/sessions',
    })
    expect([request?.spanContext().traceId, request?.parentSpanContext?.spanId]).toEqual([
      traceId,
      'b7ad6b7169203331',
    ])
    const calls = spans.filter(({ kind }) => kind === SpanKind.CLIENT)
    expect(calls.map(({ name }) => name)).toContain('store insert')
    expect(calls.every((call) => call.parentSpanContext?.spanId === request?.spanContext().spanId)).toBe(true)
    const text = JSON.stringify(spans.map(({ name, attributes }) => ({ name, attributes })))
    expect(text).not.toMatch(/sj_|eyJ|sjk_|ada/)
  })

  it('that was refused has no error, and one that failed has', async () => {
    exporter.reset()
    await server.client().ask('GET', '/v1/stats')
    const find = server.store.store.find.bind(server.store.store)
    Object.assign(server.store.store, { find: () => Promise.reject(new Error('gone')) })
    await server.backend('GET', '/v1/sessions/some-id')
    Object.assign(server.store.store, { find })
    const requests = exporter.getFinishedSpans().filter(({ kind }) => kind === SpanKind.SERVER)
    expect(
      requests.map(({ attributes, status }) => [attributes['http.response.status_code'], status.code]),
    ).toEqual([
      [401, 0],
      [503, 2],
    ])
  })
})
