// Every route of the server, with a target that reaches it, the methods that it has, and who may use it. Those of the
// API come from its own table, so that a new operation is tried by every test that tries them all.

import { operations } from '../../src/api/operations.ts'

export interface RouteRow {
  readonly path: string
  readonly methods: readonly string[]
  /** With an API key, with a session, or by anybody. */
  readonly needs: 'key' | 'session' | 'nothing'
  /** The methods that read a body of JSON. */
  readonly bodies?: readonly string[]
  /** The methods that read a form. */
  readonly forms?: readonly string[]
  /** Whether GET is answered with a stream that stays open. */
  readonly streams?: boolean
}

const clientRoutes: readonly RouteRow[] = [
  { path: '/session', methods: ['GET'], needs: 'session' },
  { path: '/session/refresh', methods: ['POST'], needs: 'session', bodies: ['POST'] },
  { path: '/session/logout', methods: ['POST'], needs: 'nothing', bodies: ['POST'] },
  { path: '/session/devices', methods: ['GET'], needs: 'session' },
  { path: '/session/devices/some-id', methods: ['DELETE'], needs: 'session' },
  { path: '/session/csrf', methods: ['GET'], needs: 'nothing' },
]

/** Those that answer every method, here a few of them. */
export const routesOfProxies: readonly RouteRow[] = [
  { path: '/forward-auth', methods: ['GET', 'POST'], needs: 'session' },
  // The request that is asked about is this one itself.
  { path: '/forward-auth/some/page', methods: ['GET', 'POST', 'DELETE'], needs: 'session' },
]

export const routes: readonly RouteRow[] = [...apiRoutes(), ...clientRoutes]

function apiRoutes(): readonly RouteRow[] {
  const paths = [...new Set(operations.map(({ path }) => path))]
  return paths.map((path) => {
    const here = operations.filter((operation) => operation.path === path)
    const isForm = here.some(({ failures }) => failures === 'oauth')
    const bodies = here.filter(({ body }) => body).map(({ method }) => method)
    // OAuth has its own way to say that a key is missing.
    const needsKey = !isForm && here.some(({ needs }) => needs === 'read' || needs === 'manage')
    return {
      path: path.replaceAll(/\{(\w+)\}/g, 'some-$1'),
      methods: here.map(({ method }) => method),
      needs: needsKey ? 'key' : 'nothing',
      ...(bodies.length === 0 ? {} : isForm ? { forms: bodies } : { bodies }),
      ...(here.some(({ answers }) => answers[200]?.mediaType === 'text/event-stream')
        ? { streams: true }
        : {}),
    }
  })
}

/** The refresh route says that there is no token (400), and not that its caller is signed out. */
export const refresh = '/session/refresh'
