// The dashboard under `/dashboard`, on whichever listener it is: its page, its sessions, and the operations that it uses.

import type { Hono } from 'hono'
import { SojournError } from 'sojourn'
import { answerFor, FetchReply, responseOf, tellFailure } from 'sojourn/fetch'
import { nodeView } from 'sojourn/node'

import { mountRoute } from '../app.ts'
import type { Env, Request } from '../api/context.ts'
import { apiRoutes } from './api.ts'
import { prefix, type Caller, type Dashboard } from './engine.ts'
import { openPage } from './page.ts'
import { confirm, showCaller, signIn } from './sign-in.ts'

type Route = (dashboard: Dashboard, caller: Caller, request: Request) => Promise<Response>

const routes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  [`${prefix}/sign-in`]: { POST: signIn },
  [`${prefix}/confirm`]: { POST: confirm },
  [`${prefix}/me`]: { GET: showCaller },
  ...apiRoutes(),
}

export function mountDashboard(app: Hono<Env>, dashboard: Dashboard): void {
  const page = openPage()
  for (const [path, methods] of Object.entries(routes)) {
    const handlers = Object.entries(methods).map(
      ([method, route]) => [method, chained(dashboard, route)] as const,
    )
    mountRoute(app, path, Object.fromEntries(handlers))
  }
  for (const path of [`${prefix}/session`, `${prefix}/session/*`]) app.all(path, chained(dashboard, unknown))
  app.all(`${prefix}/api/*`, unknown)
  for (const path of [prefix, `${prefix}/*`])
    mountRoute(app, path, {
      GET: ({ req }) => page(req.path.slice(prefix.length)),
    })
}

async function unknown(): Promise<never> {
  throw new SojournError('not_found')
}

// The whole chain of the library before the route, as an application has it. Its ready-made routes are answered by it.
function chained(dashboard: Dashboard, route: Route): (request: Request) => Promise<Response> {
  const { http, sojourn } = dashboard
  return async (request) => {
    const { method } = request.req
    const reply = new FetchReply()
    const handled = await http.handle(nodeView(request.env.incoming), reply)
    if (handled.kind === 'answer') return reply.onto(responseOf(handled.answer, method))
    const { exchange } = handled
    try {
      return reply.onto(await route(dashboard, exchange, request))
    } catch (error) {
      tellFailure(sojourn, error)
      return reply.onto(responseOf(answerFor(error, exchange), method))
    }
  }
}
