import { describe, it } from 'vitest'
import { createRequestHandler, RouterContextProvider, type ServerBuild } from 'react-router'
import { serveFetch } from '../../packages/sojourn/test/adapter/bridge.ts'
import { respond } from '../../packages/sojourn/test/adapter/fetch-routes.ts'
import { sojournReactRouter, type RouterCall } from 'sojourn/react-router'
import { adapterSuite, type Application, type Served } from 'sojourn/testing'

declare module 'react-router' {
  interface Future {
    v8_middleware: true
  }
}

adapterSuite('React Router 7', serveReactRouter, { describe, it })

// The server build as React Router's compiler would make it from a root route and a resource route for each path.
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
  const module = { loader: handle, action: handle }
  const handler = createRequestHandler(
    {
      entry: { module: { default: () => new Response('a page'), handleError: () => undefined } },
      routes: {
        root: { id: 'root', path: '', module: { middleware: [session.middleware], default: () => null } },
        rest: { id: 'rest', parentId: 'root', path: '*', module },
      },
      assets: { entry: { imports: [], module: '' }, routes: {}, url: '', version: '1' },
      basename: '/',
      publicPath: '/',
      assetsBuildDirectory: '',
      future: { v8_middleware: true },
      ssr: true,
      isSpaMode: false,
      prerender: [],
      routeDiscovery: { mode: 'initial', manifestPath: '/manifest' },
    } as unknown as ServerBuild,
    'production',
  )
  return serveFetch((request, peer) => {
    const context = new RouterContextProvider()
    peers.set(context, peer)
    return handler(request, context)
  })
}
