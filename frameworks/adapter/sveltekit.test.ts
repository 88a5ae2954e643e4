import type { RequestEvent } from '@sveltejs/kit'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { beforeAll, describe, it } from 'vitest'
import { respond, type RouteExchange } from '../../packages/sojourn/test/adapter/fetch-routes.ts'
import { listening } from '../../packages/sojourn/test/adapter/serving.ts'
import { answering, signedIn, sojournSvelteKit } from 'sojourn/sveltekit'
import { adapterSuite, type Application, type Served } from 'sojourn/testing'
import { viteBuild } from '../builds.ts'

const root = join(import.meta.dirname, '..', 'sveltekit-suite')
let handler: RequestListener

beforeAll(async () => {
  await viteBuild(root)
  process.env['PROTOCOL_HEADER'] = 'x-forwarded-proto'
  const built = (await import(join(root, 'dist', 'handler.js'))) as { handler: RequestListener }
  handler = built.handler
}, 120_000)

adapterSuite('SvelteKit 3', serveSvelteKit, { describe, it })

// One build serves all stories: its hook and its endpoint look for what the story is told with.
function serveSvelteKit({ sojourn, options, routes }: Application): Promise<Served> {
  globalThis.sojournSuite = {
    handle: sojournSvelteKit(sojourn, options),
    endpoint: (event) => {
      const { method } = event.request
      const route = routes.find((one) => one.method === method && one.path === event.url.pathname)
      if (!route) return new Response('nothing here', { status: 404 })
      const run = ({ request, locals }: RequestEvent): Promise<Response> =>
        respond(route, request, (locals as { sojourn: RouteExchange }).sojourn)
      return route.needs ? signedIn(route.needs, run)(event) : answering(run)(event)
    },
  }
  return listening(handler)
}
