// What a story of the adapter suite is told with: the application, served for real; clients; a clock; and the events.

import type { SojournEvent } from '../../core/events.ts'
import type { SojournOptions } from '../../core/options.ts'
import { createSojourn, type Sojourn } from '../../core/sojourn.ts'
import type { Facts } from '../../core/schema.ts'
import type { PolicyInput } from '../../core/policy.ts'
import type { HttpOptions } from '../../http/options.ts'
import { memoryStore } from '../../store/memory.ts'
import type { Store } from '../../core/store.ts'
import { manualClock, type ManualClock } from '../clock.ts'
import { testClient, type TestClient, type Told } from '../jar.ts'
import { routes, type Route } from './application.ts'

/** What the adapter under test is to serve. */
export interface Application {
  readonly sojourn: Sojourn
  /** How that was made, without what is not plain data: for a server that must make one of its own elsewhere. */
  readonly configuration: Pick<SojournOptions<Facts, Facts>, 'issuer' | 'secrets' | 'environment' | 'policy'>
  readonly options: HttpOptions
  readonly routes: readonly Route[]
}

/** A server that runs. */
export interface Served {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string
  readonly close: () => Promise<void>
}

/** What a framework decides before an adapter has a say. */
export interface Traits {
  /**
   * An Authorization header that comes twice is `refused`, or the framework hides all but the `first`, so that nobody can
   * tell. Default: `refused`.
   */
  readonly repeatedAuthorization?: 'refused' | 'first'
}

export interface Stage {
  readonly traits: Traits
  readonly sojourn: Sojourn
  readonly clock: ManualClock
  readonly url: string
  readonly events: readonly SojournEvent[]
  /** From now on the store fails, or works again. */
  readonly setStoreDown: (isDown: boolean) => void
  /** A browser without cookies. */
  readonly browser: () => TestClient
  /** A browser that has signed in, and sends the CSRF token along. */
  readonly signedIn: (signIn?: Readonly<Record<string, unknown>>) => Promise<TestClient>
}

export interface Story {
  readonly title: string
  readonly options?: HttpOptions
  readonly policy?: PolicyInput
  readonly tell: (stage: Stage) => Promise<void>
}

/** Starts the application of a story, tells it, and stops whatever was started. */
export async function onStage(
  { options, policy, tell }: Omit<Story, 'title'>,
  serve: (application: Application) => Promise<Served>,
  traits: Traits = {},
): Promise<void> {
  const clock = manualClock()
  const events: SojournEvent[] = []
  const { store, setDown } = fragileStore()
  const configuration = {
    issuer: 'https://app.example',
    secrets: ['bKX0kGRkdMBZNfO2T7Pm1Ye5vUQzW8hJrtLsCaDIo3g'],
    environment: 'test',
    ...(policy ? { policy } : {}),
  }
  const sojourn = createSojourn({
    ...configuration,
    store,
    clock,
    listeners: [(event) => events.push(event)],
  })
  const served = await serve({
    sojourn,
    configuration,
    options: { trustedProxies: ['loopback'], ...options },
    routes,
  })
  const clients: TestClient[] = []
  const browser = (): TestClient => {
    const client = testClient({ url: served.url })
    clients.push(client)
    return client
  }
  try {
    await tell({
      traits,
      sojourn,
      clock,
      url: served.url,
      events,
      setStoreDown: setDown,
      browser,
      async signedIn(signIn = {}) {
        const client = browser()
        await expectStatus(client.ask('POST', '/login', { json: { subject: 'alice', ...signIn } }), 200)
        await client.useCsrfToken()
        return client
      },
    })
  } finally {
    for (const client of clients) client.close()
    await served.close()
    sojourn.close()
  }
}

/** Waits for an answer, which must have this status. */
export async function expectStatus(asked: Promise<Told>, status: number): Promise<Told> {
  const told = await asked
  if (told.status !== status)
    throw new Error(`${told.status} instead of ${status}: ${told.text.slice(0, 300)}`)
  return told
}

function fragileStore(): { store: Store; setDown: (isDown: boolean) => void } {
  const kept = memoryStore()
  let isDown = false
  const fragile =
    <Arguments extends unknown[], Result>(work: (...given: Arguments) => Promise<Result>) =>
    async (...given: Arguments): Promise<Result> => {
      if (isDown) throw new Error('connect ECONNREFUSED 192.0.2.1:5432 user=sojourn password=hunter2')
      return work(...given)
    }
  return {
    setDown: (down) => {
      isDown = down
    },
    store: {
      insert: fragile((entry) => kept.insert(entry)),
      find: fragile((id) => kept.find(id)),
      replace: fragile((entry) => kept.replace(entry)),
      remove: fragile((id) => kept.remove(id)),
      list: fragile((owner) => kept.list(owner)),
      removeAll: fragile((owner, except) => kept.removeAll(owner, except)),
    },
  }
}
