// The far half of a stage: the application of the adapter suite in another runtime. What the suite holds in its hand, the
// clock, the store and the events, stays with it: the time and notices come with each request, events go back with the
// answer, and the store is asked over HTTP. Everything between the two is the runtime's own.

import { localFeed, type Notice } from '../../packages/sojourn/src/core/feed.ts'
import type { SojournEvent } from '../../packages/sojourn/src/core/events.ts'
import { createSojourn } from '../../packages/sojourn/src/core/sojourn.ts'
import type { Entry, Store } from '../../packages/sojourn/src/core/store.ts'
import { routes } from '../../packages/sojourn/src/testing/adapter-suite/application.ts'
import type { Application } from '../../packages/sojourn/src/testing/adapter-suite/story.ts'

type Fetch = (request: Request, peer: string | undefined) => Promise<Response>

/** A `fetch` handler for the runtime, which serves one story after the other with what `build` makes of it. */
export function remote(build: (application: Application) => Fetch): Fetch {
  let now = 0
  let feed = localFeed()
  let serve: Fetch | undefined
  const events: SojournEvent[] = []

  async function setUp(request: Request): Promise<Response> {
    const { configuration, options, store } = (await request.json()) as Pick<
      Application,
      'configuration' | 'options'
    > & { store: string }
    feed = localFeed()
    const sojourn = createSojourn({
      ...configuration,
      store: storeAt(store),
      feed,
      clock: () => now,
      listeners: [(event) => events.push(event)],
    })
    serve = build({ sojourn, configuration, options, routes })
    return new Response(null, { status: 204 })
  }

  return async (request, peer) => {
    if (new URL(request.url).pathname === '/stage') return setUp(request)
    now = Number(request.headers.get('x-stage-now'))
    await feed.announce(JSON.parse(request.headers.get('x-stage-notices') ?? '[]') as Notice[])
    const response = await serve!(request, peer)
    const headers = new Headers(response.headers)
    headers.set('x-stage-events', encodeURIComponent(JSON.stringify(events.splice(0))))
    return new Response(response.body, { status: response.status, headers })
  }
}

function storeAt(url: string): Store {
  const ask = async (verb: string, ...given: unknown[]): Promise<unknown> => {
    const response = await fetch(`${url}/${verb}`, { method: 'POST', body: JSON.stringify(given) })
    const text = await response.text()
    if (!response.ok) throw new Error(text)
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  }
  return {
    insert: (entry) => ask('insert', entry) as Promise<boolean>,
    find: (id) => ask('find', id) as Promise<Entry | undefined>,
    replace: (entry) => ask('replace', entry) as Promise<boolean>,
    remove: (id) => ask('remove', id) as Promise<boolean>,
    list: (owner) => ask('list', owner) as Promise<Entry[]>,
    removeAll: (owner, except) => ask('removeAll', owner, except) as Promise<string[]>,
  }
}
