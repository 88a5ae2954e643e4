import { H3 } from 'h3'
import { toNodeHandler } from 'h3/node'
import { describe, it } from 'vitest'
import { signedIn, sojournH3 } from '../../src/h3.ts'
import { adapterSuite, type Application, type Served } from '../../src/testing/adapter-suite.ts'
import { respond } from './fetch-routes.ts'
import { listening } from './serving.ts'

adapterSuite('h3 2', serveH3, { describe, it })

function serveH3({ sojourn, options, routes }: Application): Promise<Served> {
  const app = new H3({ silent: true })
  app.use(sojournH3(sojourn, options))
  for (const route of routes) {
    app.on(route.method, route.path, (event) => respond(route, event.req, event.context.sojourn), {
      middleware: route.needs ? [signedIn(route.needs)] : [],
    })
  }
  return listening(toNodeHandler(app))
}
