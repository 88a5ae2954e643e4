import { describe, it } from 'vitest'
import { guard, sojournFetch } from '../../src/fetch.ts'
import { adapterSuite } from '../../src/testing/adapter-suite.ts'
import { serveFetch } from './bridge.ts'
import { respond } from './fetch-routes.ts'

adapterSuite(
  'fetch',
  ({ sojourn, options, routes }) => {
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
    return serveFetch((request, peer) => fetch(request, { peer }))
  },
  { describe, it },
)
