// The application of the suite as a plain `fetch` handler, for every runtime that has Request and Response.

import { guard, sojournFetch } from '../../packages/sojourn/src/fetch.ts'
import { respond } from '../../packages/sojourn/test/adapter/fetch-routes.ts'
import { remote } from './remote.ts'

export const serve = remote(({ sojourn, options, routes }) => {
  const fetch = sojournFetch(
    sojourn,
    async (request, exchange) => {
      const { pathname } = new URL(request.url)
      const route = routes.find((one) => one.method === request.method && one.path === pathname)
      if (!route) return new Response('nothing here', { status: 404 })
      if (route.needs) guard(route.needs)(exchange)
      return respond(route, request, exchange)
    },
    options,
  )
  return (request, peer) => fetch(request, { peer })
})
