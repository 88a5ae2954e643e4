// What commands work on: the store and the keys that the server has, opened with the same settings and without a server.

import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'

import { createSojourn, type Sojourn, type SojournEvent } from 'sojourn'
import type { AuditTrail } from 'sojourn/audit'

import { journalOf, openTrail, type OpenTrail } from '../audit/open-trail.ts'
import { readKeptCredentials } from '../credentials-file.ts'
import { openStore, type OpenStore } from '../open-store.ts'
import { sendersOf } from '../logout/senders.ts'
import { openLog } from '../ops/log.ts'
import { placeOf, sessionRetention, SettingsError, type ServerSettings } from '../settings.ts'
import type { SaidSettings } from '../settings-sources.ts'
import { note } from './output.ts'
import { complain, settle } from './settle.ts'

export interface Within {
  readonly sojourn: Sojourn
  readonly store: OpenStore
  readonly settings: ServerSettings
  /** The audit trail; throws a SettingsError where none is kept. */
  readonly trail: () => AuditTrail
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
  { settings, store, secrets }: Omit<Within, 'sojourn' | 'trail'> & { readonly secrets: readonly string[] },
  work: (within: Within) => Promise<number>,
): Promise<number> {
  const issuer = settings.issuer ?? `${settings.tls ? 'https' : 'http'}://localhost:${settings.port}`
  const audit = lazyTrail({ settings, store, secrets })
  const silent = openLog('silent')
  const senders = sendersOf(settings.parties, silent)
  let isTelling = false
  // Whoever is to hear of sign-outs hears of those by a command, too. Most commands end nothing, and begin nothing here.
  const tellOthers = (event: SojournEvent): void => {
    if (event.type !== 'session.ended') return
    if (!isTelling) senders.start(sojourn)
    isTelling = true
    for (const listener of senders.listeners) listener(event)
  }
  const sojourn = createSojourn({
    issuer,
    audience: settings.audience ?? issuer,
    secrets,
    store: store.store,
    environment: settings.environment,
    encryption: settings.encryption,
    algorithm: settings.algorithm,
    policy: settings.policy,
    retention: sessionRetention(settings),
    ...(settings.statusList === undefined ? {} : { statusList: { ttl: settings.statusList } }),
    // What is done by a command is in the trail as what a server does.
    listeners: [
      tellOthers,
      ...(settings.audit ? [(event: SojournEvent) => audit.open().listener(event)] : []),
    ],
  })
  try {
    return await work({ sojourn, store, settings, trail: audit.toRead })
  } finally {
    await senders.flush()
    const waiting = await senders.close()
    if (waiting > 0)
      note(`${waiting} of those who are to hear of it did not answer; a server on this store tries again.`)
    sojourn.close()
    await audit.close()
  }
}

// Opened when something happens, or when it is asked for: most commands only look at sessions.
function lazyTrail({
  settings,
  store,
  ...keys
}: Pick<Within, 'settings' | 'store'> & { readonly secrets: readonly string[] }) {
  let opened: OpenTrail | undefined
  const open = (): AuditTrail => {
    opened ??= openTrail(journalOf(settings, store), { settings, ...keys, log: openLog('silent') })
    return opened.trail
  }
  return {
    open,
    toRead(this: void): AuditTrail {
      if (!settings.audit) throw new SettingsError(['SOJOURN_AUDIT is off: no trail is kept'])
      const { auditFile } = settings
      if (auditFile && !existsSync(auditFile.path))
        throw new SettingsError([`there is no audit trail in ${auditFile.path}, which SOJOURN_AUDIT names`])
      const file = join(settings.home, 'audit.db')
      if (!auditFile && settings.store.kind === 'sqlite' && !existsSync(file))
        throw new SettingsError([
          `there is no audit trail in ${file}: name the home of the server with --home`,
        ])
      return open()
    },
    close: async () => opened?.close(),
  }
}

/** Whoever works with commands, for the trail: they show no API key. */
export function caller(): string {
  try {
    return `command line (${userInfo().username})`
  } catch {
    return 'command line'
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
