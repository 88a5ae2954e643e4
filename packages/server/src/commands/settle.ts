// From what the command line, the environment and the configuration file say to settings that can be used.

import { mergeSettings, readSettings, settingsFromEnvironment, settingsFromFile } from '../settings.ts'
import { SettingsError, type RawSettings, type ServerSettings } from '../settings.ts'

export async function settle(flags: RawSettings): Promise<ServerSettings> {
  const raw = mergeSettings(
    flags,
    settingsFromEnvironment(process.env),
    await settingsFromFile(process.cwd()),
  )
  return readSettings(raw, process.env['NODE_ENV'])
}

/** Says on standard error why nothing was done. The exit status is 2 for settings and 1 for anything else. */
export function complain(error: unknown): number {
  const isUsage =
    error instanceof SettingsError ||
    (error instanceof Error && 'code' in error && error.code === 'config_invalid')
  console.error(error instanceof Error ? error.message : String(error))
  return isUsage ? 2 : 1
}
