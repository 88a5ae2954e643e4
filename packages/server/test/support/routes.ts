// Every route of the server, with a target that reaches it, the methods that it has, and who may use it.

export interface RouteRow {
  readonly path: string
  readonly methods: readonly string[]
  /** With an API key, with a session, or by anybody. */
  readonly needs: 'key' | 'session' | 'nothing'
  /** The methods that read a body. */
  readonly bodies?: readonly string[]
}

export const routes: readonly RouteRow[] = [
  { path: '/v1/sessions', methods: ['GET', 'POST'], needs: 'key', bodies: ['POST'] },
  { path: '/v1/sessions/some-id', methods: ['GET', 'DELETE'], needs: 'key' },
  { path: '/v1/subjects/ada/sessions', methods: ['DELETE'], needs: 'key' },
  { path: '/.well-known/jwks.json', methods: ['GET'], needs: 'nothing' },
  { path: '/livez', methods: ['GET'], needs: 'nothing' },
  { path: '/readyz', methods: ['GET'], needs: 'nothing' },
  { path: '/session', methods: ['GET'], needs: 'session' },
  { path: '/session/refresh', methods: ['POST'], needs: 'session', bodies: ['POST'] },
  { path: '/session/logout', methods: ['POST'], needs: 'nothing', bodies: ['POST'] },
  { path: '/session/devices', methods: ['GET'], needs: 'session' },
  { path: '/session/devices/some-id', methods: ['DELETE'], needs: 'session' },
  { path: '/session/csrf', methods: ['GET'], needs: 'nothing' },
]

/** The refresh route says that there is no token (400), and not that its caller is signed out. */
export const refresh = '/session/refresh'
