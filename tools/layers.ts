// Holds the house plan: which folder of the library may import from which.
//
//   core < store < http < adapter < audit < logout < maintenance < client < testing
//
// A folder imports only from itself and from folders earlier in that list; core imports from none. The stores never
// import each other, nor do the adapters: each is a family of files whose name begins with the same word
// (redis.ts, redis-scripts.ts, redis/…), and what several need is named shared-*. Entry files, src/*.ts, may import
// anything and are imported by nothing inside. Outside the library only the entries may be used.
//
// What core, http and client may use of Node is held elsewhere: tsconfig.portable.json compiles them without its types.
//
// The page of the dashboard uses the API of the server and nothing of its code.
//
// A checker that reads no file finds no fault, so this one compares what was read with what is on disk.

import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser'

const order = ['core', 'store', 'http', 'adapter', 'audit', 'logout', 'maintenance', 'client', 'testing']
const library = 'packages/sojourn/src'

const { values } = parseArgs({ options: { root: { type: 'string', default: '.' } } })
process.chdir(values.root)
process.exitCode = await main()

async function main(): Promise<number> {
  const folders = [library, 'packages/server/src', 'packages/dashboard/src', 'examples'].filter((folder) =>
    existsSync(folder),
  )
  const { output } = await cruise(folders, {
    ruleSet: { forbidden: rules() },
    validate: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^packages/[^/]+/(dist/|.*\\.d\\.m?ts$)' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default'] },
  })
  const result = parsed(output)
  const faults = [...violations(result), ...unread(result, folders)]
  for (const fault of faults) console.error(fault)
  const imports = result.modules.reduce((sum, module) => sum + module.dependencies.length, 0)
  console.log(`${result.modules.length} modules, ${imports} imports, ${faults.length} out of order`)
  return faults.length === 0 ? 0 : 1
}

function parsed(output: ICruiseResult | string): ICruiseResult {
  if (typeof output === 'string') throw new Error('dependency-cruiser answered with text')
  return output
}

function rules(): IForbiddenRuleType[] {
  return [
    ...order.map((folder, index) => upward(folder, order.slice(index + 1))),
    {
      name: 'a folder outside the plan',
      severity: 'error',
      from: { path: `^${library}/`, pathNot: `^${library}/([^/]+$|(${order.join('|')})/)` },
      to: {},
    },
    {
      name: 'an entry is for users, not for the inside',
      severity: 'error',
      from: { path: `^${library}/[^/]+/` },
      to: { path: `^${library}/[^/]+$` },
    },
    ...['store', 'adapter'].map(siblings),
    {
      name: 'drivers and frameworks are described by their shape, never imported',
      severity: 'error',
      // The hooks of React are functions of React: there is no shape of them to describe.
      from: { path: `^${library}/`, pathNot: `^${library}/client/react[a-z-]*\\.ts$` },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'the hooks import React, and nothing else from elsewhere',
      severity: 'error',
      from: { path: `^${library}/client/react[a-z-]*\\.ts$` },
      to: {
        pathNot: '(^|/)node_modules/(@types/)?react/',
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'outside the library only its entries may be used',
      severity: 'error',
      from: { path: '^(packages/(?!sojourn/)|examples/)' },
      to: { path: `^${library}/[^/]+/` },
    },
    {
      name: 'the dashboard knows the server by its API, and of the library the client',
      severity: 'error',
      from: { path: '^packages/dashboard/' },
      to: { path: '^packages/(?!dashboard/)', pathNot: `^${library}/(client|react)\\.ts$` },
    },
    {
      name: 'what cannot be resolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'a circle',
      severity: 'error',
      from: { path: '^packages/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ]
}

function upward(folder: string, later: readonly string[]): IForbiddenRuleType {
  return {
    name: `${folder} imports only from ${order.slice(0, order.indexOf(folder)).join(', ') || 'itself'}`,
    severity: 'error',
    from: { path: `^${library}/${folder}/` },
    // The last folder may import from all; the pattern for it matches nothing.
    to: { path: `^${library}/(${later.join('|') || '(?!)'})/` },
  }
}

function siblings(folder: string): IForbiddenRuleType {
  return {
    name: `siblings in ${folder} do not import each other`,
    severity: 'error',
    from: { path: `^${library}/${folder}/([^/.-]+)` },
    to: { path: `^${library}/${folder}/`, pathNot: `^${library}/${folder}/($1[/.-]|shared-)` },
  }
}

function violations(result: ICruiseResult): string[] {
  return result.summary.violations.map(({ from, to, rule, cycle }) => {
    const path = cycle ? cycle.map((step) => step.name).join(' → ') : to
    return `${from} → ${path}: ${rule.name}`
  })
}

/** Files on disk that were not read, and files that import by path of which no import was seen. */
function unread(result: ICruiseResult, folders: readonly string[]): string[] {
  const read = new Map(result.modules.map((module) => [module.source, module.dependencies.length]))
  const files = folders
    .flatMap((folder) => globSync(join(folder, '**/*.{ts,tsx}')))
    .filter((file) => !/\/(node_modules|dist)\/|\.d\.ts$/.test(file))
  if (files.length === 0) return ['no file was found']
  return files.flatMap((file) => {
    const imports = /^(import|export)[^'"]* from '\.|^\} from '\./m.test(readFileSync(file, 'utf8'))
    if (!read.has(file)) return [`${file}: was not read`]
    return imports && read.get(file) === 0 ? [`${file}: its imports were not read`] : []
  })
}
