import { join } from 'node:path'
import { createRequestHandler, RouterContextProvider, type ServerBuild } from 'react-router'
import { beforeAll, describe, it } from 'vitest'
import { serveFetch } from '../../packages/sojourn/test/adapter/bridge.ts'
import { respond } from '../../packages/sojourn/test/adapter/fetch-routes.ts'
import { sojournReactRouter, type RouterCall } from 'sojourn/react-router'
import { adapterSuite, type Application, type Served } from 'sojourn/testing'
import { reactRouterBuild } from '../builds.ts'

const root = join(import.meta.dirname, '..', 'react-router-suite')
let build: ServerBuild

beforeAll(async () => {
  await reactRouterBuild(root)
  build = (await import(join(root, 'dist', 'server', 'index.js'))) as ServerBuild
}, 120_000)

adapterSuite('React Router 7', serveReactRouter, { describe, it })

// One build serves all stories: its middleware and its route look for what the story is told with.
function serveReactRouter({ sojourn, options, routes }: Application): Promise<Served> {
  const peers = new WeakMap<object, string>()
  const session = sojournReactRouter(sojourn, {
    ...options,
    connection: ({ context }) => ({ peer: peers.get(context) }),
  })
  const handle = session.answering(async (call: RouterCall): Promise<Response> => {
    const { pathname } = new URL(call.request.url)
    const route = routes.find((one) => one.method === call.request.method && one.path === pathname)
    if (!route) return new Response('nothing here', { status: 404 })
    const exchange = route.needs ? session.signedIn(call, route.needs) : session.sojournOf(call)
    return respond(route, call.request, exchange)
  })
  globalThis.routerSuite = { middleware: session.middleware, handle }
  const handler = createRequestHandler(build, 'production')
  return serveFetch((request, peer) => {
    const context = new RouterContextProvider()
    peers.set(context, peer)
    return handler(request, context)
  })
}
