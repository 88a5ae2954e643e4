// Starting the server, and stopping it without losing an answer.

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Logger } from 'pino'
import { createSojourn, type Listener, type PolicyInput, type Sojourn } from 'sojourn'
import { createHandler, type HttpOptions } from 'sojourn/fetch'
import { startDataKeyRenewer, startSweeper } from 'sojourn/maintenance'
import { answerClientErrors } from 'sojourn/node'

import { apiKeys } from './apikeys/api-keys.ts'
import { storedApiKeys } from './apikeys/stored-api-keys.ts'
import { createApp, type AppOptions } from './app.ts'
import { keepTrail } from './audit/keep-trail.ts'
import { journalOf, openTrail } from './audit/open-trail.ts'
import type { Services } from './api/context.ts'
import type { Credentials } from './credentials-file.ts'
import { openDashboard, type Dashboard } from './dashboard/engine.ts'
import { mountDashboard } from './dashboard/mount.ts'
import { doctorOf } from './doctor/running.ts'
import { EventLog } from './events/event-log.ts'
import { serverSentStreams } from './events/server-sent.ts'
import { forwardAuth } from './forward-auth/forward-auth.ts'
import { signInPage } from './forward-auth/sign-in-page.ts'
import { keepHistory } from './history/keep-history.ts'
import { newLife } from './life.ts'
import { receiversOf } from './logout/receivers.ts'
import { sendersOf, type Senders } from './logout/senders.ts'
import { listenerOf } from './listener.ts'
import type { OpenStore } from './open-store.ts'
import { newMetrics } from './metrics/metrics.ts'
import { addressLimits, type AddressLimits } from './ops/limits.ts'
import { listen, originOf } from './ops/listen.ts'
import { logEvents } from './ops/log.ts'
import { startManagement, type Management } from './ops/management.ts'
import { securityHeaders } from './ops/security-headers.ts'
import { newServer } from './ops/tls.ts'
import { openTracing, type Tracing } from './ops/tracing.ts'
import { sessionRetention, type ServerSettings } from './settings.ts'
import { directoryOf } from './search/directory.ts'
import { alone } from './workers/siblings.ts'
import { workerSiblings } from './workers/worker.ts'

export interface ServeOptions {
  readonly settings: ServerSettings
  readonly credentials: Credentials
  readonly store: OpenStore
  readonly log: Logger
  /** What a demo or a test adds. */
  readonly extra?: {
    readonly mount: NonNullable<AppOptions['mount']>
    readonly listeners: readonly Listener[]
    /** In place of that of the settings, which it has taken into account. */
    readonly policy: PolicyInput
    readonly http?: HttpOptions
    /** Lets go of what would keep the server from stopping, such as streams. */
    readonly stop?: () => void
  }
}

export interface RunningServer {
  readonly url: string
  readonly port: number
  /** Of the management listener, if there is one. */
  readonly managementPort: number | undefined
  /** Where the dashboard is, if there is one. */
  readonly dashboardUrl: string | undefined
  /** Takes no new requests, answers those under way, and lets go of the store. */
  stop(): Promise<void>
}

const longestHeaders = 32_768
const slowestHeaders = 10_000
const mostHeaders = 200
const stopPatience = 10_000
// What a reader of `GET /v1/events` can come back to.
const eventsKept = 512
const mostStreams = 32

/** Resolves once the server takes requests. The store is its own from now on: it closes it, also when it cannot start. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { settings, credentials, store, log, extra } = options
  // Hono and the problem documents say what Node would answer with an empty page.
  const server = newServer(limitsOf(settings), settings.tls, log)
  const siblings = workerSiblings()
  const metrics = newMetrics()
  const within = {
    life: newLife(),
    events: new EventLog(eventsKept, (event) => siblings?.tell(event) ?? false),
    metrics,
    siblings: siblings ?? alone,
    streams: serverSentStreams(mostStreams),
  }
  siblings?.attend({ take: (told) => within.events.take(told), families: () => metrics.families() })
  let sojourn: Sojourn | undefined
  let services: Services | undefined
  let dashboard: Dashboard | undefined
  let management: Management | undefined
  let audit: OpenAudit | undefined
  const senders = sendersOf(settings.parties, log)
  const letGo = async (): Promise<void> => {
    await senders.close()
    services?.history.close()
    services?.directory.close()
    dashboard?.sojourn.close()
    sojourn?.close()
    await audit?.close()
    await store.close()
  }
  try {
    // First, because the default issuer has the port in its name.
    await listen(server, settings)
    const issuer = settings.issuer ?? `${settings.tls ? 'https' : 'http'}://localhost:${portOf(server)}`
    const tracing = await openTracing()
    if (settings.audit) audit = openAudit(options)
    const whole = { ...within, audit: audit?.trail }
    sojourn = openSojourn(options, whole, { issuer, tracing, senders })
    senders.start(sojourn)
    services = servicesOf(options, whole, sojourn)
    const limits = addressLimits(services, settings.limits)
    if (settings.dashboard)
      dashboard = openDashboard(services, { settings, credentials, listeners: [logEvents(log)] })
    answerRequests(server, services, options, { tracing, limits, dashboard })
    await sojourn.secrets.claim()
    // The keys are there before anybody is told of the server, and whatever is wrong with the store shows now.
    await sojourn.keys.list()
    await audit?.tellEnd()
    if (settings.management)
      management = await startManagement(services, {
        place: settings.management,
        limits,
        mount: (hono) => {
          if (dashboard && settings.dashboard === 'management') mountDashboard(hono, dashboard)
        },
      })
    const sweeper = startSweeper(sojourn, {
      onError: (error) => log.error({ err: error }, 'the sweep failed'),
    })
    const renewer =
      settings.encryption &&
      startDataKeyRenewer(sojourn, {
        onError: (error) => log.error({ err: error }, 'data keys could not be renewed'),
      })
    const url = originOf(settings.tls ? 'https' : 'http', settings.host, portOf(server))
    const dashboardAt = settings.dashboard === 'management' ? management?.url : url
    return {
      port: portOf(server),
      url,
      managementPort: management?.port,
      dashboardUrl: dashboard && `${dashboardAt}/dashboard`,
      async stop() {
        within.life.isStopping = true
        const swept = Promise.all([sweeper.stop(), renewer?.stop()])
        within.streams.close()
        extra?.stop?.()
        await closed(server)
        management?.close()
        await swept
        await letGo()
      },
    }
  } catch (error) {
    server.close()
    server.closeAllConnections()
    management?.close()
    await letGo()
    throw error
  }
}

/** What a server is, besides its Sojourn. */
type Within = Pick<Services, 'life' | 'events' | 'streams' | 'metrics' | 'siblings' | 'audit'>

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

type OpenAudit = ReturnType<typeof openAudit>

function openAudit({ settings, credentials, store, log }: ServeOptions) {
  const opened = openTrail(journalOf(settings, store), {
    settings,
    secrets: credentials.secrets,
    log,
  })
  return { trail: opened.trail, ...keepTrail(opened, log) }
}

// A sweep that found nothing happens every minute, and would fill the trail.
function newsOnly(listener: Listener): Listener {
  return (event) => {
    if (event.type !== 'sweep.finished' || event.removed > 0) listener(event)
  }
}

function openSojourn(
  { settings, credentials, store, log, extra }: ServeOptions,
  { life, events, metrics, audit }: Within,
  {
    issuer,
    tracing,
    senders,
  }: { readonly issuer: string; readonly tracing: Tracing | undefined; readonly senders: Senders },
): Sojourn {
  return createSojourn({
    issuer,
    audience: settings.audience ?? issuer,
    secrets: credentials.secrets,
    store: tracing ? tracing.store(store.store) : store.store,
    environment: settings.environment,
    encryption: settings.encryption,
    algorithm: settings.algorithm,
    ...(settings.dpop === 'off' ? {} : { dpop: { required: settings.dpop === 'required' } }),
    policy: extra?.policy ?? settings.policy,
    retention: sessionRetention(settings),
    ...(settings.statusList === undefined ? {} : { statusList: { ttl: settings.statusList } }),
    ...(settings.risk === undefined ? {} : { risk: settings.risk }),
    listeners: [
      logEvents(log),
      life.listener,
      events.listener,
      metrics.listener,
      ...(audit ? [newsOnly(audit.listener)] : []),
      ...senders.listeners,
      ...(extra?.listeners ?? []),
    ],
  })
}

function servicesOf(
  { settings, credentials, store, extra }: ServeOptions,
  within: Within,
  sojourn: Sojourn,
): Services {
  const { environment, clock } = sojourn.settings
  // As `sojourn apikeys` has it, which knows no port.
  const issuer = settings.issuer ?? ''
  const directory = directoryOf(sojourn, within.events)
  return {
    ...within,
    sojourn,
    receivers: receiversOf(sojourn, settings.parties),
    tellsLogouts: settings.parties.relyingParties.length > 0,
    directory,
    history: keepHistory(sojourn, within.events, directory),
    doctor: doctorOf(settings, credentials),
    http: createHandler(sojourn, {
      ...extra?.http,
      trustedProxies: settings.trustedProxies,
      ...(settings.dbsc ? { dbsc: {} } : {}),
    }),
    apiKeys: apiKeys(
      [{ key: credentials.apiKey, name: 'SOJOURN_API_KEY', role: 'manage' }],
      storedApiKeys({ store: store.store, issuer, environment, clock }),
    ),
  }
}

function limitsOf({ requestTimeout }: ServerSettings): Parameters<typeof newServer>[0] {
  const headersTimeout = Math.min(requestTimeout, slowestHeaders)
  return { maxHeaderSize: longestHeaders, requestTimeout, headersTimeout }
}

function answerRequests(
  server: Server,
  services: Services,
  { settings, log, extra }: ServeOptions,
  {
    tracing,
    limits,
    dashboard,
  }: {
    readonly tracing: Tracing | undefined
    readonly limits: AddressLimits
    readonly dashboard: Dashboard | undefined
  },
): void {
  const { issuer } = services.sojourn.settings
  const app = createApp(services, {
    log,
    limits,
    ...(tracing ? { tracing } : {}),
    mount: (hono) => {
      extra?.mount(hono, services)
      if (dashboard && settings.dashboard === 'main') mountDashboard(hono, dashboard)
      hono.all('/forward-auth/*', forwardAuth(services, signInPage(settings, issuer)))
    },
  })
  server.maxHeadersCount = mostHeaders
  const headers = securityHeaders(issuer)
  const listener = listenerOf(app, headers)
  server.on('request', listener)
  // Whatever else a client expects of us, it gets an ordinary answer (RFC 9110 §10.1.1).
  server.on('checkExpectation', listener)
  answerClientErrors(server, headers)
}

async function closed(server: Server): Promise<void> {
  const done = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  // Streams that never end by themselves get their time, and then they are cut.
  const cut = setTimeout(() => server.closeAllConnections(), stopPatience)
  await done
  clearTimeout(cut)
}
