// A store that a command is told besides the one of the settings: by a flag, or by a variable where it has a password.

import { SettingsError } from '../settings.ts'
import { hasPassword, readStoreUrl, type StoreLocation } from '../store-url.ts'

export interface OtherStore {
  readonly location: StoreLocation
  /** Where a person can change it. */
  readonly place: string
}

/** Reads `--name` or its variable, such as SOJOURN_FROM. Throws a SettingsError that says what is wrong. */
export function otherStore(name: 'from' | 'to', flag: string | undefined): OtherStore {
  const variable = `SOJOURN_${name.toUpperCase()}`
  const place = flag === undefined ? variable : `--${name}`
  const url = flag ?? process.env[variable]
  if (url === undefined || url === '') throw new SettingsError([`say the store: --${name} or ${variable}`])
  const location = readStoreUrl(url)
  if (typeof location === 'string') throw new SettingsError([`${place} ${location}`])
  if (flag !== undefined && hasPassword(location))
    throw new SettingsError([
      `${place} has a password, and a list of processes shows it to everybody: say it in ${variable}`,
    ])
  if (location.kind === 'memory')
    throw new SettingsError([`${place} is a store in the memory of another process: nobody else sees it`])
  return { location, place }
}
