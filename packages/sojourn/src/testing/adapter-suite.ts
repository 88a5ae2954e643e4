// What every adapter must do, as tests over real HTTP. Whoever writes an adapter serves one small application with it:
//
//   adapterSuite('my framework', serveMyFramework, { describe, it })
//
// The application and its routes are given; `serve` mounts them in the framework's own way, starts a server on a free
// port, and is told when to stop it. What the suite then sees from outside must be the same for every framework.

import { badRequests } from './adapter-suite/bad-requests.ts'
import { bearer } from './adapter-suite/bearer.ts'
import { forgery } from './adapter-suite/forgery.ts'
import { guards } from './adapter-suite/guards.ts'
import { leaving } from './adapter-suite/leaving.ts'
import { mountedRoutes } from './adapter-suite/mounted-routes.ts'
import { signingIn } from './adapter-suite/signing-in.ts'
import { staying } from './adapter-suite/staying.ts'
import { onStage, type Application, type Served, type Traits } from './adapter-suite/story.ts'
import type { TestRunner } from './store-suite.ts'

export type { Route, RouteAnswer, RouteCall } from './adapter-suite/application.ts'
export type { Application, Served, Traits } from './adapter-suite/story.ts'

const parts = {
  'signing in': signingIn,
  'staying signed in': staying,
  'signing out': leaving,
  forgery,
  routes: mountedRoutes,
  guards,
  'bearer tokens': bearer,
  'bad requests': badRequests,
}

/** Registers the tests of an adapter. `serve` is called for each of them. */
export function adapterSuite(
  name: string,
  serve: (application: Application) => Promise<Served>,
  { describe, it }: TestRunner,
  traits: Traits = {},
): void {
  for (const [part, stories] of Object.entries(parts)) {
    describe(`R219 ${name}: ${part}`, () => {
      for (const { title, ...story } of stories) it(title, () => onStage(story, serve, traits))
    })
  }
}
