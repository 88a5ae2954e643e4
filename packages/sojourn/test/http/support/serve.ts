// A real server around one Sojourn, for what the adapter suite does not show. It stands behind a proxy that ends TLS.

import { sojournNode, type NodeListener } from '../../../src/node.ts'
import type { SojournOptions } from '../../../src/core/options.ts'
import type { Facts } from '../../../src/core/schema.ts'
import type { SignIn } from '../../../src/core/verbs/create.ts'
import type { HttpOptions } from '../../../src/http/options.ts'
import { testClient, type TestClient } from '../../../src/testing/jar.ts'
import { listening } from '../../adapter/serving.ts'
import { testSojourn, type TestSojourn } from './sojourn.ts'

export interface Scene extends TestSojourn {
  readonly url: string
  /** A browser without cookies. */
  readonly browser: (options?: { host?: string; isSecure?: boolean }) => TestClient
  /** A browser that has signed in, and sends the CSRF token along. */
  readonly signedIn: (signIn?: SignIn<Facts, Facts>) => Promise<TestClient>
}

export interface SceneOptions {
  readonly http?: HttpOptions
  readonly sojourn?: Partial<SojournOptions<Facts, Facts>>
  /** What the application does besides `POST /login?subject=…`, which signs in. Default: it tells the subject. */
  readonly listener?: NodeListener<Facts, Facts>
}

const tellSubject: NodeListener<Facts, Facts> = (_request, response, { session, refusal }) => {
  response.end(JSON.stringify({ subject: session?.subject ?? null, refusal: refusal ?? null }))
}

/** Runs `play` against a server, and stops it afterwards. */
export async function onScene(options: SceneOptions, play: (scene: Scene) => Promise<void>): Promise<void> {
  const made = testSojourn(options.sojourn)
  const { listener = tellSubject } = options
  const served = await listening(
    sojournNode(
      made.sojourn,
      async (request, response, exchange) => {
        if (!request.url?.startsWith('/login')) return listener(request, response, exchange)
        await exchange.signIn(
          JSON.parse(decodeURIComponent(request.url.split('?')[1] ?? '{}')) as SignIn<Facts, Facts>,
        )
        response.end()
      },
      { trustedProxies: ['loopback'], ...options.http },
    ),
  )
  const browser: Scene['browser'] = (given) => testClient({ url: served.url, ...given })
  const signedIn: Scene['signedIn'] = async (signIn = { subject: 'alice' }) => {
    const client = browser()
    const told = await client.ask('POST', `/login?${encodeURIComponent(JSON.stringify(signIn))}`)
    if (told.status !== 200) throw new Error(told.text)
    await client.useCsrfToken()
    return client
  }
  try {
    await play({ ...made, url: served.url, browser, signedIn })
  } finally {
    await served.close()
  }
}

export const names = {
  session: '__Host-Http-session',
  access: '__Host-Http-access',
  visitor: '__Host-Http-visitor',
} as const
