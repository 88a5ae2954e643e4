// Where settings come from: flags, then SOJOURN_* variables, then sojourn.config.{ts,js,json}. Each value keeps who said
// it, so that a complaint names the place where a person can put it right.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { rowOf, settingNames, type SettingName } from './settings-table.ts'

/** A value, and by what it was said: `--port`, `SOJOURN_PORT`, or `port in sojourn.config.json`. */
export interface Said {
  readonly value: unknown
  readonly by: string
}

export type SaidSettings = Readonly<Partial<Record<SettingName, Said>>>

/** Puts the sources together, the first that says something winning. */
export function mergeSettings(...sources: readonly SaidSettings[]): SaidSettings {
  return collect((name) => sources.map((source) => source[name]).find((said) => said !== undefined))
}

export function settingsFromFlags(flags: Readonly<Record<string, unknown>>): SaidSettings {
  return collect((name) => {
    const flag = rowOf(name).flag?.split(' ')[0]
    return flag === undefined || flags[name] === undefined ? undefined : { value: flags[name], by: flag }
  })
}

/** An empty variable says nothing. */
export function settingsFromEnvironment(environment: NodeJS.ProcessEnv): SaidSettings {
  return collect((name) => {
    const { variable } = rowOf(name)
    const value = environment[variable]
    return value === undefined || value === '' ? undefined : { value, by: variable }
  })
}

/** Variables that look like settings and are none, such as SOJOURN_SECRET. */
export function strangeVariables(environment: NodeJS.ProcessEnv): readonly string[] {
  const known = new Set<string>(settingNames.map((name) => rowOf(name).variable))
  return Object.keys(environment).filter((name) => name.startsWith('SOJOURN_') && !known.has(name))
}

const fileNames = ['sojourn.config.ts', 'sojourn.config.js', 'sojourn.config.json'] as const

/** What a sojourn.config file in this folder says; nothing where there is none. Its faults are added to `faults`. */
export async function settingsFromFile(folder: string, faults: string[]): Promise<SaidSettings> {
  const [name, ...others] = fileNames.filter((one) => existsSync(join(folder, one)))
  if (name === undefined) return {}
  if (others.length > 0) faults.push(`there are ${name} and ${others.join(' and ')}: keep one of them`)
  const settings = await defaultExport(join(folder, name)).catch((error: unknown) => {
    faults.push(`${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
    return {}
  })
  if (!isRecord(settings)) {
    faults.push(`${name} has no settings: ${name.endsWith('.json') ? 'write' : 'export default'} an object`)
    return {}
  }
  const unknown = Object.keys(settings).filter((key) => !settingNames.some((known) => known === key))
  faults.push(...unknown.map((key) => `${name} has ${JSON.stringify(key)}, which is no setting`))
  return collect((key) => {
    const value = settings[key]
    return value === undefined ? undefined : { value, by: `${key} in ${name}` }
  })
}

async function defaultExport(path: string): Promise<unknown> {
  const options = path.endsWith('.json') ? { with: { type: 'json' } } : {}
  const module = (await import(pathToFileURL(path).href, options)) as { default?: unknown }
  return module.default
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function collect(saidOf: (name: SettingName) => Said | undefined): SaidSettings {
  const found = settingNames.map((name) => [name, saidOf(name)] as const)
  return Object.fromEntries(found.filter(([, said]) => said !== undefined))
}
