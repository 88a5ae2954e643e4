// `sojourn serve`: start, say where to click, and stop when asked to.

import cluster from 'node:cluster'

import { readOrCreateCredentials, type Credentials } from '../credentials-file.ts'
import { openLog } from '../ops/log.ts'
import { openStore } from '../open-store.ts'
import { serve, type RunningServer } from '../serve.ts'
import { placeOf, SettingsError, type ServerSettings } from '../settings.ts'
import { strangeVariables } from '../settings-sources.ts'
import { runWorkers } from '../workers/primary.ts'
import { send } from '../workers/worker.ts'
import { complain, settle, type Settled } from './settle.ts'

/** The flags of `sojourn serve` besides those of the settings. */
interface ServeFlags {
  readonly demo?: boolean
  readonly allowGeneratedSecrets?: boolean
  readonly allowHttp?: boolean
  readonly allowMemoryStore?: boolean
}

/** Runs until a signal comes; resolves to the exit status. */
export async function runServe(flags: ServeFlags & Readonly<Record<string, unknown>>): Promise<number> {
  try {
    const isDemo = flags.demo ?? false
    const allowances = {
      allowGeneratedSecrets: flags.allowGeneratedSecrets ?? false,
      allowHttp: flags.allowHttp ?? false,
      allowMemoryStore: flags.allowMemoryStore ?? false,
      isDemo,
    }
    const around = { environment: process.env, folder: process.cwd() }
    const settled = await settle(flags, allowances, around)
    const { workers } = settled.settings
    if (workers > 1 && cluster.isPrimary) {
      checkShared(settled, isDemo)
      // Made now, so that the workers agree on them.
      credentialsFor(settled.settings)
      return await runWorkers(workers, openLog(settled.settings.logLevel))
    }
    const server = await start(settled, isDemo)
    await signal()
    await server.stop()
    // The channel to the process that started this one would keep it.
    if (cluster.isWorker) process.disconnect()
    return 0
  } catch (error) {
    return complain(error)
  }
}

async function start({ settings, said }: Settled, isDemo: boolean): Promise<RunningServer> {
  const extra = isDemo ? (await import('../demo/mount.ts')).mountDemo(settings) : undefined
  // A person who starts the demo reads the page, not the log.
  const log = openLog(isDemo && said.logLevel === undefined ? 'warn' : settings.logLevel)
  const store = await openStore(settings.store, placeOf(said, 'store'), log)
  const { credentials, note } = credentialsFor(settings)
  const server = await serve({ settings, credentials, store, log, ...(extra ? { extra } : {}) })
  const strange = strangeVariables(process.env)
  const lines = [
    `Sojourn is serving on ${server.url} (${settings.environment}, ${store.shown})`,
    ...note,
    ...(isDemo ? [`The demo: open ${server.url}/ and sign in as Ada, Grace or Linus`] : []),
    ...(server.dashboardUrl === undefined
      ? []
      : [`The dashboard: open ${server.dashboardUrl} and sign in with an API key`]),
    ...(strange.length === 0 ? [] : [`Ignored, because no settings: ${strange.join(', ')}`]),
    ...(server.managementPort === undefined
      ? []
      : [`Metrics and health are on port ${server.managementPort} of ${settings.management?.host ?? ''}`]),
    'Stop with Ctrl-C',
  ]
  if (!send({ kind: 'serving', lines })) console.error(lines.join('\n'))
  return server
}

// Several processes need a store that they share, and the demo lives in one.
function checkShared({ settings, said }: Settled, isDemo: boolean): void {
  const faults = [
    ...(settings.store.kind === 'memory'
      ? [`${placeOf(said, 'store')} is a store in the memory of one process: choose another, or one worker`]
      : []),
    ...(isDemo ? ['--demo runs in one process: leave --workers out'] : []),
    ...(settings.port === 0 && settings.issuer === undefined
      ? ['SOJOURN_ISSUER is missing: workers on a free port need to know the public URL']
      : []),
  ]
  if (faults.length > 0) throw new SettingsError(faults)
}

function credentialsFor({ secrets, apiKey, home }: ServerSettings): {
  readonly credentials: Credentials
  readonly note: readonly string[]
} {
  if (secrets !== undefined && apiKey !== undefined) return { credentials: { secrets, apiKey }, note: [] }
  const kept = readOrCreateCredentials(home)
  const what = [...(secrets ? [] : ['secret']), ...(apiKey === undefined ? ['API key'] : [])]
  return {
    credentials: { secrets: secrets ?? kept.secrets, apiKey: apiKey ?? kept.apiKey },
    note: [`${kept.isNew ? 'Made' : 'Using'} the ${what.join(' and the ')} in ${kept.path}`],
  }
}

function signal(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve())
  })
}
