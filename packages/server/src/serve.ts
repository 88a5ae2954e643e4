// Starting the server, and stopping it without losing an answer.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { getRequestListener } from '@hono/node-server'
import type { Logger } from 'pino'
import { createSojourn, type Listener, type PolicyInput } from 'sojourn'
import { createHandler, type HttpOptions } from 'sojourn/fetch'
import { answerClientErrors } from 'sojourn/node'

import { fixedApiKeys } from './api-keys.ts'
import { createApp, type AppOptions } from './app.ts'
import type { Credentials } from './credentials-file.ts'
import type { OpenStore } from './open-store.ts'
import { logEvents } from './ops/log.ts'
import type { ServerSettings } from './settings.ts'

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
  /** Takes no new requests, answers those under way, and lets go of the store. */
  stop(): Promise<void>
}

const sweepEvery = 60_000
const longestHeaders = 32_768
const stopPatience = 10_000

export async function serve({
  settings,
  credentials,
  store,
  log,
  extra,
}: ServeOptions): Promise<RunningServer> {
  const sojourn = createSojourn({
    issuer: settings.issuer,
    audience: settings.audience,
    secrets: credentials.secrets,
    store: store.store,
    environment: settings.environment,
    algorithm: settings.algorithm,
    policy: extra?.policy ?? settings.policy,
    listeners: [logEvents(log), ...(extra?.listeners ?? [])],
  })
  const http = createHandler(sojourn, { ...extra?.http, trustedProxies: settings.trustedProxies })
  const apiKeys = fixedApiKeys([{ key: credentials.apiKey, role: 'manage' }])
  // The keys are there before the first request, and whatever is wrong with the store shows now.
  await sojourn.keys.list()

  let isStopping = false
  const app = createApp(
    { sojourn, http, apiKeys },
    { isStopping: () => isStopping, ...(extra ? { mount: extra.mount } : {}) },
  )
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  const server = createServer(
    { maxHeaderSize: longestHeaders },
    (request, response) => void listener(request, response),
  )
  answerClientErrors(server)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(settings.port, settings.host, resolve)
  })
  const sweeper = setInterval(() => {
    sojourn.sweep().catch((error: unknown) => log.error({ err: error }, 'The sweep failed'))
  }, sweepEvery)
  sweeper.unref()

  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://${settings.host === '127.0.0.1' ? 'localhost' : settings.host}:${port}`,
    async stop() {
      isStopping = true
      clearInterval(sweeper)
      extra?.stop?.()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeIdleConnections()
      // Streams that never end by themselves get their time, and then they are cut.
      const cut = setTimeout(() => server.closeAllConnections(), stopPatience)
      await closed
      clearTimeout(cut)
      sojourn.close()
      await store.close()
    },
  }
}
