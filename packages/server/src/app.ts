// The routes of the server, in one table: what is not in it is 404, and a method that is not in it is 405.

import { Hono } from 'hono'
import type { Logger } from 'pino'
import { SojournError } from 'sojourn'
import { FetchReply, problemFor, responseOf, tellFailure } from 'sojourn/fetch'
import { nodeView } from 'sojourn/node'

import { empty, type Env, type Request, type Services } from './api/context.ts'
import { clientRoutes } from './api/client-routes.ts'
import { operations } from './api/operations.ts'
import { insertedPath, metadata } from './oauth/metadata.ts'
import type { AddressLimits } from './ops/limits.ts'
import type { Answered, Tracing } from './ops/tracing.ts'

type Handler = (request: Request) => Response | Promise<Response>
type Table = Readonly<Record<string, Readonly<Record<string, Handler>>>>

export interface AppOptions {
  readonly log: Logger
  readonly limits?: AddressLimits
  readonly tracing?: Tracing
  /** Further routes, such as those of the demo. */
  readonly mount?: (app: Hono<Env>, services: Services) => void
}

export function createApp(services: Services, { log, limits, tracing, mount }: AppOptions): Hono<Env> {
  const app = new Hono<Env>()
  app.use(async (context, next) => {
    const began = performance.now()
    const done = services.metrics.begin()
    const answer = async (): Promise<void> => {
      const refusal = await limits?.before(context)
      if (refusal) context.res = refusal
      else await next()
      await limits?.after(context)
      // A connection that stays open would hold up the stop.
      if (services.life.isStopping) context.res.headers.set('connection', 'close')
      logRefusal(log, context)
    }
    const answered = (): Answered => ({ status: context.res.status, route: context.get('route') })
    try {
      await (tracing ? tracing.request(context, answer, answered) : answer())
    } finally {
      done({ ...answered(), method: context.req.method, seconds: (performance.now() - began) / 1000 })
    }
  })
  app.onError((error, context) => {
    tellFailure(services.sojourn, error)
    return responseOf(problemFor(error, challengeOf(context)), context.req.method)
  })
  app.notFound((context) => responseOf(problemFor(new SojournError('not_found')), context.req.method))
  // First, so that it can look on while the routes below answer.
  mount?.(app, services)
  for (const [path, methods] of Object.entries(table(services))) mountRoute(app, path, methods)
  const inserted = insertedPath(services.sojourn.settings.issuer)
  if (inserted !== undefined)
    mountRoute(app, inserted, { GET: (request) => metadata.serve(services, request) })
  const { prefix } = services.http.settings
  if (prefix !== undefined) {
    app.all(prefix, clientRoute(services))
    app.all(`${prefix}/*`, clientRoute(services))
  }
  return app
}

// Besides what the events tell: where our own code broke, and attempts on the backend routes. Of an error only the
// places are written, because its text may quote what it was given.
function logRefusal(log: Logger, { req, res, error, env }: Request): void {
  const facts = { method: req.method, path: req.path, ip: env.incoming.socket.remoteAddress }
  if (error && !(error instanceof SojournError))
    log.error({ ...facts, frames: error.stack?.split('\n    at ').slice(1, 9) }, 'request.crashed')
  else if (req.path.startsWith('/v1/') && (res.status === 401 || res.status === 403))
    log.warn({ ...facts, status: res.status }, 'api.refused')
}

function table(services: Services): Table {
  const routes: Record<string, Record<string, Handler>> = {}
  for (const { path, method, serve } of operations) {
    const route = (routes[path.replaceAll(/\{(\w+)\}/g, ':$1')] ??= {})
    route[method] = (request) => serve(services, request)
  }
  return routes
}

/** Serves a path: each method by its handler, HEAD by that of GET, OPTIONS with what there is, any other with 405. */
export function mountRoute(app: Hono<Env>, path: string, methods: Readonly<Record<string, Handler>>): void {
  const route = path.replaceAll(/:(\w+)/g, '{$1}')
  app.all(path, (context) => {
    context.set('route', route)
    const { method } = context.req
    const handler = handlerOf(methods, method === 'HEAD' ? 'GET' : method)
    if (handler) return handler(context)
    const response =
      method === 'OPTIONS' ? empty() : responseOf(problemFor(new SojournError('method_not_allowed')), method)
    const allow = [...Object.keys(methods), ...('GET' in methods ? ['HEAD'] : []), 'OPTIONS']
    response.headers.set('allow', allow.join(', '))
    return response
  })
}

function handlerOf(methods: Readonly<Record<string, Handler>>, method: string): Handler | undefined {
  return Object.hasOwn(methods, method) ? methods[method] : undefined
}

// The client routes have the whole chain in front of them, and answer by themselves.
function clientRoute({ http }: Services): Handler {
  return async (context) => {
    const route = routeOfClient(context.req.path)
    if (route !== undefined) context.set('route', route)
    const reply = new FetchReply()
    const handled = await http.handle(nodeView(context.env.incoming), reply)
    const answer = handled.kind === 'answer' ? handled.answer : problemFor(new SojournError('not_found'))
    return reply.onto(responseOf(answer, context.req.method))
  }
}

const patterns = clientRoutes.map(({ path }) => ({
  path,
  pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}))

function routeOfClient(path: string): string | undefined {
  return patterns.find(({ pattern }) => pattern.test(path))?.path
}

function challengeOf(context: Request): { hasCredentials: boolean } {
  return { hasCredentials: context.req.header('authorization') !== undefined }
}
