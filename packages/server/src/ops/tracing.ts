// Traces for OpenTelemetry, if the process has it: the API package is an optional peer, and without an SDK that somebody
// has registered it does nothing. A request is one span with the names of the semantic conventions, each call of the
// store one beneath it. A `traceparent` of the caller is gone on with. No span names a person or holds a credential.

import type { Context, Span, Tracer } from '@opentelemetry/api'
import type { Store } from 'sojourn'

import packageJson from '../../package.json' with { type: 'json' }
import type { Request } from '../api/context.ts'

type Api = typeof import('@opentelemetry/api')

export interface Tracing {
  /** Runs the handling of a request in its span; `answered` says how it ended. */
  request(request: Request, work: () => Promise<void>, answered: () => Answered): Promise<void>
  /** The same store, with a span for each call. */
  store(store: Store): Store
}

export interface Answered {
  readonly status: number
  /** The pattern of the route; absent where none was found. */
  readonly route: string | undefined
}

/** Undefined where OpenTelemetry is not installed. */
export async function openTracing(): Promise<Tracing | undefined> {
  const api = await import('@opentelemetry/api').catch(() => undefined)
  return api && tracingBy(api)
}

function tracingBy(api: Api): Tracing {
  const tracer = api.trace.getTracer(packageJson.name, packageJson.version)
  return {
    request: (request, work, answered) => traceRequest(api, tracer, { request, work, answered }),
    store: (store) => tracedStore(api, tracer, store),
  }
}

interface Traced {
  readonly request: Request
  readonly work: () => Promise<void>
  readonly answered: () => Answered
}

async function traceRequest(api: Api, tracer: Tracer, { request, work, answered }: Traced): Promise<void> {
  const { req, env } = request
  const { headers, socket } = env.incoming
  const parent: Context = api.propagation.extract(api.context.active(), {
    traceparent: headers['traceparent'],
    tracestate: headers['tracestate'],
  })
  const attributes = {
    'http.request.method': req.method,
    'url.path': req.path,
    'url.scheme': 'encrypted' in socket ? 'https' : 'http',
    'network.protocol.version': env.incoming.httpVersion,
    'network.peer.address': socket.remoteAddress ?? '',
  }
  const span = tracer.startSpan(req.method, { kind: api.SpanKind.SERVER, attributes }, parent)
  try {
    await api.context.with(api.trace.setSpan(parent, span), work)
  } finally {
    endRequest(api, span, req.method, answered())
  }
}

function endRequest(api: Api, span: Span, method: string, { status, route }: Answered): void {
  span.setAttribute('http.response.status_code', status)
  if (route !== undefined) span.setAttribute('http.route', route).updateName(`${method} ${route}`)
  if (status >= 500) {
    span.setAttribute('error.type', String(status))
    span.setStatus({ code: api.SpanStatusCode.ERROR })
  }
  span.end()
}

const verbs = ['insert', 'find', 'replace', 'remove', 'list', 'removeAll'] as const

// What a store can do besides (sweep, scan, a feed) stays as it is.
function tracedStore(api: Api, tracer: Tracer, store: Store): Store {
  const traced = new Map<PropertyKey, unknown>(
    verbs.map((verb) => {
      const call = (args: unknown[]): Promise<unknown> =>
        (store[verb] as (...args: unknown[]) => Promise<unknown>).apply(store, args)
      return [verb, (...args: unknown[]) => traceCall(api, tracer, verb, () => call(args))]
    }),
  )
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = traced.get(name) ?? Reflect.get(target, name)
      return typeof value === 'function' && !traced.has(name) ? (value as () => unknown).bind(target) : value
    },
  })
}

async function traceCall(
  api: Api,
  tracer: Tracer,
  verb: string,
  call: () => Promise<unknown>,
): Promise<unknown> {
  const attributes = { 'db.operation.name': verb }
  return tracer.startActiveSpan(`store ${verb}`, { kind: api.SpanKind.CLIENT, attributes }, async (span) => {
    try {
      return await call()
    } catch (error) {
      span.setStatus({ code: api.SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  })
}
