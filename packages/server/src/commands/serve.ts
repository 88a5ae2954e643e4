// `sojourn serve`: start, say where to click, and stop when asked to.

import { readOrCreateCredentials, type Credentials } from '../credentials-file.ts'
import { openLog } from '../ops/log.ts'
import { openStore } from '../open-store.ts'
import { serve, type RunningServer } from '../serve.ts'
import { placeOf, type ServerSettings } from '../settings.ts'
import { strangeVariables } from '../settings-sources.ts'
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
    const server = await start(await settle(flags, allowances, around), isDemo)
    await signal()
    await server.stop()
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
    ...(strange.length === 0 ? [] : [`Ignored, because no settings: ${strange.join(', ')}`]),
    'Stop with Ctrl-C',
  ]
  console.error(lines.join('\n'))
  return server
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
