// `sojourn config`: every setting that is in force, and who said so. Secrets are never shown, nor the password in the URL
// of a store. What cannot be used is told as well, with exit status 2.

import { settingNames, rowOf, type SettingName } from '../settings-table.ts'
import {
  mergeSettings,
  settingsFromEnvironment,
  settingsFromFile,
  settingsFromFlags,
  type SaidSettings,
} from '../settings-sources.ts'
import { note, printList, type Column } from './output.ts'
import { complain, settle } from './settle.ts'

type Flags = Readonly<Record<string, unknown>> & { readonly json?: boolean }

interface Line {
  readonly name: SettingName
  readonly value: string
  readonly from: string
}

const columns: readonly Column<Line>[] = [
  { title: 'SETTING', of: ({ name }) => name },
  { title: 'VALUE', of: ({ value }) => value },
  { title: 'FROM', of: ({ from }) => from },
]

export async function showConfig(flags: Flags): Promise<number> {
  const { json = false, ...rest } = flags
  const around = { environment: process.env, folder: process.cwd() }
  const file = await settingsFromFile(around.folder, [])
  const said = mergeSettings(settingsFromFlags(rest), settingsFromEnvironment(around.environment), file)
  printList(
    settingNames.map((name) => lineOf(name, said)),
    { columns, isJson: json, none: '' },
  )
  const allowed = { allowGeneratedSecrets: false, allowHttp: false, allowMemoryStore: false, isDemo: false }
  try {
    await settle(rest, allowed, around)
    if (!json) note('These settings can be used.')
    return 0
  } catch (error) {
    return complain(error)
  }
}

function lineOf(name: SettingName, said: SaidSettings): Line {
  const one = said[name]
  if (one === undefined) return { name, value: rowOf(name).fallback, from: 'default' }
  return { name, value: shown(name, one.value), from: one.by }
}

const hidden: ReadonlySet<SettingName> = new Set(['secrets', 'dataSecrets', 'apiKey'])

function shown(name: SettingName, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (hidden.has(name)) return '(hidden)'
  return name === 'store' ? withoutPassword(text) : text
}

// What stands before an @, and what a query says, may be a password.
function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/]*@/, '//(hidden)@').replace(/\?.*$/, '?(hidden)')
}
