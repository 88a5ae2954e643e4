// From what the command line, the environment and the configuration file say to settings that can be used.

import { libraryFaults } from '../library-faults.ts'
import { productionFaults, type Allowances } from '../production.ts'
import { readSettings, SettingsError, type ServerSettings } from '../settings.ts'
import {
  mergeSettings,
  settingsFromEnvironment,
  settingsFromFile,
  settingsFromFlags,
  type SaidSettings,
} from '../settings-sources.ts'

/** What a command is given beside its own arguments. */
export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv
  /** Where sojourn.config files are looked for. */
  readonly folder: string
}

export interface Settled {
  readonly settings: ServerSettings
  readonly said: SaidSettings
}

/** Settings that can be used. Rejects with one SettingsError that lists every fault. */
export async function settle(
  flags: Readonly<Record<string, unknown>>,
  allowances: Allowances,
  around: Surroundings,
): Promise<Settled> {
  const { faults, ...settled } = await examine(flags, allowances, around)
  if (faults.length > 0) throw new SettingsError(faults)
  return settled
}

/** Settings, and every fault for which they cannot be used. */
export async function examine(
  flags: Readonly<Record<string, unknown>>,
  allowances: Allowances,
  { environment, folder }: Surroundings,
): Promise<Settled & { readonly faults: readonly string[] }> {
  const faults: string[] = []
  const file = await settingsFromFile(folder, faults)
  const said = mergeSettings(settingsFromFlags(flags), settingsFromEnvironment(environment), file)
  const settings = readSettings(said, environment['NODE_ENV'], faults)
  faults.push(...libraryFaults(settings, said), ...productionFaults(settings, said, allowances))
  return { settings, said, faults }
}

/** Says on standard error why nothing was done. The exit status is 2 for settings and 1 for anything else. */
export function complain(error: unknown): number {
  console.error(error instanceof Error ? error.message : String(error))
  return error instanceof SettingsError ? 2 : 1
}
