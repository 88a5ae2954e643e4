// `sojourn doctor`: a table of what is well, what is not and what nobody has seen, for a configuration or for a running
// application. The exit status is 1 if anything failed.

import { fstatSync, openSync, readFileSync, closeSync } from 'node:fs'
import { styleText } from 'node:util'

import { observeApplication } from '../doctor/application.ts'
import { applicationChecks } from '../doctor/application-checks.ts'
import { observeSettings } from '../doctor/settings.ts'
import { settingsChecks } from '../doctor/settings-checks.ts'
import type { Plan, Route } from '../doctor/sign-in.ts'
import { judge, type Judged, type Verdict } from '../doctor/verdict.ts'
import { SettingsError } from '../settings.ts'
import { note, printable, printJson } from './output.ts'
import { complain } from './settle.ts'

export interface DoctorFlags extends Readonly<Record<string, unknown>> {
  readonly json?: boolean
  readonly url?: string
  readonly page?: string
  readonly signIn?: string
  readonly credentials?: string
  readonly sendAs?: string
  readonly csrfFrom?: string
  readonly signOut?: string
  readonly refresh?: string
  readonly change?: string
  readonly ca?: string
  readonly log?: string
}

interface Opinion {
  readonly of: string
  readonly faults: readonly string[]
  readonly checks: readonly Judged[]
}

/** Judges, and resolves to the exit status: 0 if nothing failed, 1 if anything did, 2 for a mistake of the caller. */
export async function runDoctor(flags: DoctorFlags): Promise<number> {
  try {
    const opinion = flags.url === undefined ? await ofSettings(flags) : await ofApplication(flags.url, flags)
    if (flags.json) printJson({ ...opinion, ...countsOf(opinion.checks) })
    else console.log(tableOf(opinion))
    return opinion.faults.length > 0 || opinion.checks.some(({ verdict }) => verdict === 'fail') ? 1 : 0
  } catch (error) {
    return complain(error)
  }
}

const forUrl = [
  'page',
  'signIn',
  'credentials',
  'sendAs',
  'csrfFrom',
  'signOut',
  'refresh',
  'change',
  'ca',
  'log',
]

async function ofSettings({ json: _, ...flags }: DoctorFlags): Promise<Opinion> {
  const stray = forUrl.filter((name) => flags[name] !== undefined)
  if (stray.length > 0)
    throw new SettingsError(['--url is missing: the other options are about an application'])
  const allowances = {
    allowGeneratedSecrets: flags['allowGeneratedSecrets'] === true,
    allowHttp: flags['allowHttp'] === true,
    allowMemoryStore: flags['allowMemoryStore'] === true,
    isDemo: false,
  }
  const around = { environment: process.env, folder: process.cwd() }
  const seen = await observeSettings(flags, allowances, around)
  const checks = judge(seen, settingsChecks, 'seen at a running application only: --url')
  return { of: `the settings for ${seen.settings.environment}`, faults: seen.faults, checks }
}

async function ofApplication(url: string, flags: DoctorFlags): Promise<Opinion> {
  const origin = originOf(url)
  const ca = flags.ca === undefined ? undefined : readFileSync(flags.ca, 'utf8')
  const seen = await observeApplication(origin, planOf(flags), ca)
  const checks = judge(seen, applicationChecks, 'cannot be seen from outside')
  note(`Asked ${origin.origin} ${seen.answers.length} times.`)
  return { of: origin.origin, faults: [], checks }
}

function originOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (
    url &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    url.pathname === '/' &&
    url.search === ''
  )
    return url
  throw new SettingsError([
    '--url must be an origin such as https://app.example; pages of it are named by --page',
  ])
}

function planOf(flags: DoctorFlags): Plan {
  const { page = '/', sendAs = 'form', csrfFrom, credentials } = flags
  const faults: string[] = []
  const route = (
    name: 'signIn' | 'signOut' | 'refresh' | 'change',
    flag: string,
  ): Partial<Record<typeof name, Route>> => {
    const text = flags[name]
    if (text === undefined) return {}
    const [, method, path] = /^(GET|POST|PUT|PATCH|DELETE) (\/\S*)$/.exec(text) ?? []
    if (method === undefined || path === undefined)
      faults.push(`${flag} must be a method and a path: 'POST /sign-in'`)
    else return { [name]: { method, path } }
    return {}
  }
  if (!page.startsWith('/')) faults.push('--page must be a path: /account')
  if (csrfFrom !== undefined && !csrfFrom.startsWith('/')) faults.push('--csrf-from must be a path: /sign-in')
  if (sendAs !== 'form' && sendAs !== 'json') faults.push('--send-as must be form or json')
  if ((flags.signIn === undefined) !== (credentials === undefined))
    faults.push('--sign-in and --credentials belong together')
  const plan = {
    page,
    sendAs: sendAs === 'json' ? ('json' as const) : ('form' as const),
    ...(csrfFrom === undefined ? {} : { csrfFrom }),
    ...(flags.log === undefined ? {} : { log: flags.log }),
    ...route('signIn', '--sign-in'),
    ...route('signOut', '--sign-out'),
    ...route('refresh', '--refresh'),
    ...route('change', '--change'),
  }
  if (faults.length > 0) throw new SettingsError(faults)
  return { ...plan, credentials: credentials === undefined ? {} : readCredentials(credentials) }
}

/** Members of JSON from a file that only its owner reads, or from standard input (`-`). */
function readCredentials(file: string): Readonly<Record<string, string>> {
  const members = objectIn(file === '-' ? readFileSync(0, 'utf8') : readPrivate(file))
  if (members && Object.values(members).every((value) => typeof value === 'string'))
    return members as Readonly<Record<string, string>>
  throw new SettingsError([
    `--credentials must hold what the sign-in is sent, as JSON: {"name": "…", "password": "…"}`,
  ])
}

function readPrivate(file: string): string {
  const descriptor = openSync(file, 'r')
  try {
    if ((fstatSync(descriptor).mode & 0o077) !== 0)
      throw new SettingsError([`--credentials names a file that others can read: chmod 600 ${file}`])
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}

function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

const headings = { do: 'DO', "don't": "DON'T", also: 'AND' } as const
const colours = { pass: 'green', fail: 'red', 'not seen': 'dim' } as const

function tableOf({ of, faults, checks }: Opinion): string {
  const bold = (text: string): string => styleText('bold', text, { stream: process.stdout })
  const width = Math.max(...checks.map(({ title }) => title.length))
  const lines = (Object.keys(headings) as (keyof typeof headings)[]).flatMap((kind) => [
    '',
    bold(headings[kind]),
    ...checks.filter((check) => check.kind === kind).flatMap((check) => linesOf(check, width)),
  ])
  const { passed, failed, notSeen } = countsOf(checks)
  return [
    bold(`The doctor on ${printable(of)}`),
    ...(faults.length === 0
      ? []
      : ['', 'The server would not start:', ...faults.map((fault) => `  - ${printable(fault)}`)]),
    ...lines,
    '',
    bold(`${passed} pass, ${failed} fail, ${notSeen} not seen`),
  ].join('\n')
}

function linesOf({ verdict, title, seen, remedy }: Judged, width: number): readonly string[] {
  const word = styleText(colours[verdict], wordOf(verdict).padEnd(8), { stream: process.stdout })
  return [
    `  ${word}  ${title.padEnd(width)}  ${seen}`,
    ...(verdict === 'fail' ? [`            → ${remedy}`] : []),
  ]
}

// Without colours, too, what failed is to be seen at once.
function wordOf(verdict: Verdict): string {
  return verdict === 'fail' ? 'FAIL' : verdict
}

function countsOf(checks: readonly Judged[]) {
  const count = (verdict: Verdict): number => checks.filter((check) => check.verdict === verdict).length
  return { passed: count('pass'), failed: count('fail'), notSeen: count('not seen') }
}
