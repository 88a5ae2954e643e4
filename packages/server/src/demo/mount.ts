// The demo that `sojourn serve --demo` shows under `/`. It signs anybody in and plays thief on request, so it is mounted
// only where nobody but the person at this machine can reach it.

import type { ServeOptions } from '../serve.ts'
import { mountRoute } from '../app.ts'
import { SettingsError, type ServerSettings } from '../settings.ts'
import { EventLog } from '../events/event-log.ts'
import { eventStreams, type EventStreams } from './event-stream.ts'
import { observe } from './observe.ts'
import { servePage } from './page.ts'
import { demoPolicy } from './policy.ts'
import { demoRoutes } from './routes.ts'
import { Thieves } from './thieves.ts'

/** What the demo adds to a server. Throws SettingsError where it would be within reach of others. */
export function mountDemo({
  environment,
  host,
  policy,
}: Pick<ServerSettings, 'environment' | 'host' | 'policy'>): NonNullable<ServeOptions['extra']> {
  const faults = [
    ...(environment === 'production' ? ['--demo signs anybody in: it is not for production'] : []),
    ...(isLoopback(host)
      ? []
      : [
          `--demo signs anybody in, so it listens on this machine only: leave --host at 127.0.0.1, not ${host}`,
        ]),
  ]
  if (faults.length > 0) throw new SettingsError(faults)
  const log = new EventLog()
  const thieves = new Thieves()
  let streams: EventStreams | undefined
  return {
    listeners: [log.listener],
    policy: demoPolicy(policy),
    // Signing in takes a CSRF token here too, so that nobody is signed in by another page.
    http: { visitors: 'token' },
    mount(app, services) {
      streams = eventStreams(services.sojourn, log)
      for (const path of ['/session', '/session/*', '/demo/*']) app.use(path, observe(log, services.http))
      servePage(app)
      for (const [path, methods] of Object.entries(demoRoutes(services, streams, thieves)))
        mountRoute(app, path, methods)
    },
    stop: () => streams?.close(),
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
