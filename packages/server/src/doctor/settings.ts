// The settings of a server, as they would be if it started now, and what a look into its store tells. Nothing is made,
// started or changed: a store that would have to be made is left alone.

import { existsSync } from 'node:fs'

import { pino } from 'pino'
import { createSojourn, type Policy, type Store, type Sojourn } from 'sojourn'
import { memoryStore } from 'sojourn/memory'

import { examine, type Surroundings } from '../commands/settle.ts'
import { newSecret, readKeptCredentials, type Credentials } from '../credentials-file.ts'
import { libraryFaults } from '../library-faults.ts'
import { openStore } from '../open-store.ts'
import type { Allowances } from '../production.ts'
import { placeOf, type ServerSettings } from '../settings.ts'
import type { SaidSettings } from '../settings-sources.ts'

export interface ConfiguredServer {
  readonly settings: ServerSettings
  /** Everything for which the server would not start. */
  readonly faults: readonly string[]
  /** What this machine keeps in its home folder; undefined where nothing was made. */
  readonly kept: Credentials | undefined
  /** Undefined where the policy is one of the faults. */
  readonly policy: Policy | undefined
  readonly store: SeenStore
}

export type SeenStore =
  | { readonly kind: 'not looked at'; readonly why: string }
  | { readonly kind: 'unreachable'; readonly why: string }
  | {
      readonly kind: 'seen'
      /** What it says about itself that endangers sessions. */
      readonly findings: readonly string[]
      readonly entries: number
      /** How many of them hold something that signs in. */
      readonly withTokens: number
      /** Environments to which the secrets belong in it. */
      readonly owners: readonly string[]
    }

export async function observeSettings(
  flags: Readonly<Record<string, unknown>>,
  allowances: Allowances,
  around: Surroundings,
): Promise<ConfiguredServer> {
  const { settings: given, said, faults } = await examine(flags, allowances, around)
  const kept = readKeptCredentials(given.home)
  const secrets = given.secrets ?? (given.environment === 'production' ? undefined : kept?.secrets)
  const settings = { ...given, secrets }
  return {
    settings,
    faults: [...new Set([...faults, ...libraryFaults(settings, said)])],
    kept,
    policy: policyOf(settings),
    store: await lookAtStore(settings, said),
  }
}

/** The policy of these settings; undefined where it cannot be used. */
export function policyOf({ policy }: ServerSettings): Policy | undefined {
  try {
    const trial = createSojourn({
      issuer: 'http://localhost',
      secrets: [newSecret()],
      store: memoryStore(),
      policy,
    })
    trial.close()
    return trial.settings.policy
  } catch {
    return undefined
  }
}

/** Looks into the store of these settings. Never rejects. */
export async function lookAtStore(
  { store, secrets }: ServerSettings,
  said: SaidSettings,
): Promise<SeenStore> {
  if (store.kind === 'memory') return { kind: 'not looked at', why: 'the store is the memory of the server' }
  if (store.kind === 'sqlite' && !existsSync(store.path))
    return { kind: 'not looked at', why: `${store.path} is not there yet` }
  // To open it would bring its schema up to date, and that is for the server or `sojourn migrate`.
  if (store.kind === 'postgres') return { kind: 'not looked at', why: 'PostgreSQL is left alone' }
  const findings: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void findings.push(messageOf(line)) })
  try {
    const open = await openStore(store, placeOf(said, 'store'), log)
    try {
      return {
        kind: 'seen',
        findings,
        ...(await sampleOf(open.store)),
        owners: await ownersIn(open.store, secrets),
      }
    } finally {
      await open.close()
    }
  } catch (error) {
    return { kind: 'unreachable', why: error instanceof Error ? error.message : String(error) }
  }
}

async function ownersIn(store: Store, secrets: ServerSettings['secrets']): Promise<readonly string[]> {
  if (!secrets) return []
  let sojourn: Sojourn
  try {
    sojourn = createSojourn({ issuer: 'http://localhost', secrets, store })
  } catch {
    // A secret that cannot be used is a finding of its own.
    return []
  }
  try {
    return (await sojourn.secrets.owners()).filter((one) => one !== undefined)
  } finally {
    sojourn.close()
  }
}

function messageOf(line: string): string {
  return String((JSON.parse(line) as { readonly msg?: unknown }).msg)
}

const most = 1000
const credential = /sj_[\w-]{60,}|eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/

async function sampleOf(store: Store): Promise<{ readonly entries: number; readonly withTokens: number }> {
  let [entries, withTokens] = [0, 0]
  let cursor: string | undefined
  do {
    if (!isBrowsable(store)) break
    const { items, next } = await store.scan(cursor, 100)
    entries += items.length
    withTokens += items.filter((entry) => credential.test(JSON.stringify(entry))).length
    cursor = next
  } while (cursor !== undefined && entries < most)
  return { entries, withTokens }
}

interface Browsable {
  scan(
    cursor: string | undefined,
    limit: number,
  ): Promise<{ readonly items: readonly object[]; readonly next?: string }>
}

function isBrowsable(store: object): store is Browsable {
  return 'scan' in store
}
