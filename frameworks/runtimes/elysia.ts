import { Elysia } from 'elysia'
import { signedIn, sojournElysia } from '../../packages/sojourn/src/elysia.ts'
import { respond } from '../../packages/sojourn/test/adapter/fetch-routes.ts'
import { remote } from './remote.ts'

const serve = remote(({ sojourn, options, routes }) => {
  const peers = new WeakMap<Request, string | undefined>()
  const session = sojournElysia(sojourn, {
    ...options,
    connection: (request) => ({ peer: peers.get(request) }),
  })
  const app = new Elysia()
    .wrap(session.wrap)
    .derive({ as: 'global' }, session.derive)
    .onError({ as: 'global' }, session.onError)
    .onError(({ code }) => new Response('sorry', { status: code === 'NOT_FOUND' ? 404 : 500 }))
  for (const route of routes) {
    app.route(route.method, route.path, ({ request, sojourn }) => respond(route, request, sojourn), {
      // The routes of the suite read their bodies themselves.
      parse: 'none',
      ...(route.needs ? { beforeHandle: signedIn(route.needs) } : {}),
    })
  }
  return async (request, peer) => {
    peers.set(request, peer)
    return app.fetch(request)
  }
})

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: (request, server) => serve(request, server.requestIP(request)?.address),
})
console.log(`http://127.0.0.1:${server.port}`)
