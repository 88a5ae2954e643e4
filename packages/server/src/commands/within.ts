// What commands work on: the store and the keys that the server has, opened with the same settings and without a server.

import { existsSync } from 'node:fs'

import { createSojourn, type Sojourn } from 'sojourn'

import { readKeptCredentials } from '../credentials-file.ts'
import { openStore, type OpenStore } from '../open-store.ts'
import { openLog } from '../ops/log.ts'
import { placeOf, SettingsError, type ServerSettings } from '../settings.ts'
import type { SaidSettings } from '../settings-sources.ts'
import { complain, settle } from './settle.ts'

export interface Within {
  readonly sojourn: Sojourn
  readonly store: OpenStore
  readonly settings: ServerSettings
}

type Flags = Readonly<Record<string, unknown>>

// A command is no server: how requests arrive is not its concern.
const allowed = { allowGeneratedSecrets: true, allowHttp: true, allowMemoryStore: true, isDemo: false }

/** Does the work on the store of the settings; resolves to the exit status, and says on standard error what went wrong. */
export async function within(flags: Flags, work: (within: Within) => Promise<number>): Promise<number> {
  try {
    const { settings, said } = await settle(flags, allowed, {
      environment: process.env,
      folder: process.cwd(),
    })
    const secrets = secretsOf(settings)
    requireKept(settings, said)
    const store = await openStore(settings.store, placeOf(said, 'store'), openLog('silent'))
    try {
      return await working({ settings, store, secrets }, work)
    } finally {
      await store.close()
    }
  } catch (error) {
    return complain(error)
  }
}

async function working(
  { settings, store, secrets }: Omit<Within, 'sojourn'> & { readonly secrets: readonly string[] },
  work: (within: Within) => Promise<number>,
): Promise<number> {
  const issuer = settings.issuer ?? `http://localhost:${settings.port}`
  const sojourn = createSojourn({
    issuer,
    audience: settings.audience ?? issuer,
    secrets,
    store: store.store,
    environment: settings.environment,
    algorithm: settings.algorithm,
    policy: settings.policy,
  })
  try {
    return await work({ sojourn, store, settings })
  } finally {
    sojourn.close()
  }
}

function secretsOf({ secrets, home }: ServerSettings): readonly string[] {
  const kept = secrets ?? readKeptCredentials(home)?.secrets
  if (kept) return kept
  throw new SettingsError([
    `there are no secrets: set SOJOURN_SECRETS as for the server, or name the folder of its files with --home (now ${home})`,
  ])
}

// A command that made a new and empty store would say that nobody is signed in.
function requireKept({ store }: ServerSettings, said: SaidSettings): void {
  if (store.kind === 'memory')
    throw new SettingsError([
      `${placeOf(said, 'store')} is a store in the memory of the server: nobody else sees it`,
    ])
  if (store.kind === 'sqlite' && !existsSync(store.path))
    throw new SettingsError([`${placeOf(said, 'store')} names ${store.path}, which is not there`])
}
