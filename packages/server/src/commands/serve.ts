// `sojourn serve`: start, say where to click, and stop when asked to.

import { mountDemo } from '../demo/mount.ts'
import { readOrCreateCredentials, type Credentials } from '../credentials-file.ts'
import { openLog } from '../ops/log.ts'
import { openStore } from '../open-store.ts'
import { productionFaults } from '../production.ts'
import { serve, type RunningServer } from '../serve.ts'
import { SettingsError, type RawSettings, type ServerSettings } from '../settings.ts'
import { complain, settle } from './settle.ts'

export interface ServeFlags extends RawSettings {
  readonly demo?: boolean
  readonly allowGeneratedSecrets?: boolean
  readonly allowHttp?: boolean
  readonly allowMemoryStore?: boolean
}

/** Runs until a signal comes; resolves to the exit status. */
export async function runServe(flags: ServeFlags): Promise<number> {
  try {
    const settings = await settle(flags)
    const server = await start(settings, flags)
    await signal()
    await server.stop()
    return 0
  } catch (error) {
    return complain(error)
  }
}

async function start(settings: ServerSettings, flags: ServeFlags): Promise<RunningServer> {
  const store = openStore(settings.store)
  const allowed = {
    allowGeneratedSecrets: flags.allowGeneratedSecrets ?? false,
    allowHttp: flags.allowHttp ?? false,
    allowMemoryStore: flags.allowMemoryStore ?? false,
  }
  const faults = productionFaults(settings, store, allowed, flags.demo ?? false)
  if (faults.length > 0) throw new SettingsError(faults)
  const credentials = credentialsFor(settings)
  // A person who starts the demo reads the page, not the log.
  const log = openLog(flags.demo && settings.logLevel === 'info' ? 'warn' : settings.logLevel)
  const extra = flags.demo ? mountDemo(settings) : undefined
  const server = await serve({ settings, credentials, store, log, ...(extra ? { extra } : {}) })
  welcome(server, settings, credentials, store.shown, flags.demo ?? false)
  return server
}

function credentialsFor({
  secrets,
  apiKey,
  home,
}: ServerSettings): Credentials & { path?: string; isNew?: boolean } {
  if (secrets !== undefined && apiKey !== undefined) return { secrets, apiKey }
  const made = readOrCreateCredentials(home)
  return { ...made, secrets: secrets ?? made.secrets, apiKey: apiKey ?? made.apiKey }
}

function welcome(
  { url }: RunningServer,
  { environment }: ServerSettings,
  { path, isNew }: { path?: string; isNew?: boolean },
  store: string,
  isDemo: boolean,
): void {
  const lines = [
    `Sojourn is serving on ${url} (${environment}, ${store})`,
    ...(path === undefined ? [] : [`${isNew ? 'Made' : 'Using'} the secret and the API key in ${path}`]),
    ...(isDemo ? [`The demo: open ${url}/ and sign in as Ada, Grace or Linus`] : []),
    'Stop with Ctrl-C',
  ]
  console.error(lines.join('\n'))
}

function signal(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve())
  })
}
