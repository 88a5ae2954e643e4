// The two commands of this repository, from a fresh clone to the end: `npm start` and `npm test`.
//
// Plain JavaScript without dependencies, because it runs before anything is installed and on whatever Node (18 or
// newer) is at hand. It installs the locked packages if they are not there, chooses a Node that is new enough, and
// puts that Node and the workspace's programs first on PATH, so that everything started from here agrees.

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildDashboard } from './dashboard.mjs'
import { isInstalled, npm } from './install.mjs'
import { missing } from './services.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const at = (...path) => join(root, ...path)
const inCi = process.env.CI === 'true' || process.env.CI === '1'

/** Frameworks and runtimes that only the tests need: a project of their own, so that `npm start` does not wait for them. */
const frameworks = 'frameworks'

/** The steps of `npm test`, each a script of package.json, cheapest first; the tests themselves come after. */
const checks = ['types', 'layers', 'lint', 'format:check', 'deadcode', 'docs:check']

const [command, ...args] = process.argv.slice(2)
const commands = { start, test }
if (!Object.hasOwn(commands, command ?? ''))
  fail(`usage: node tools/run.mjs ${Object.keys(commands).join(' | ')}`)
process.chdir(root)
process.exitCode = await commands[command]()

async function start() {
  install()
  const env = environment()
  buildDashboard(env.node)
  const server = at('packages', 'server', 'bin', 'sojourn.mjs')
  return run(env.node, [server, 'serve', '--demo', ...args], { env: env.variables, stdio: 'inherit' })
}

async function test() {
  rmSync(at('.reports'), { recursive: true, force: true })
  mkdirSync(at('.reports'))
  install()
  const env = environment()
  const steps = [provideServices(), provideFrameworks()]
  for (const step of steps) report(step)
  for (const name of steps[1].isThere ? [...checks, 'types:frameworks'] : checks) {
    const step = await check(name, env)
    steps.push(step)
    report(step)
  }
  const tests = await timed('tests', () =>
    run(env.node, [at('node_modules/vitest/vitest.mjs'), 'run', ...args], {
      env: env.variables,
      stdio: 'inherit',
    }),
  )
  steps.push(tests)
  // Which rows of docs/security are proved can be said only after all tests, and where everything for them is there.
  if (args.length === 0 && steps[0].isWhole && steps[1].isThere) {
    const coverage = await check('coverage:check', env)
    steps.push(coverage)
    report(coverage)
  }
  writeFileSync(at('.reports', 'checks.json'), JSON.stringify(steps, undefined, 2))
  console.log(`\n${steps.map(line).join('\n')}`)
  return steps.every((step) => step.ok) ? 0 : 1
}

// --- installing -------------------------------------------------------------------------------------------------

/** Installs what the lock names, unless exactly that is installed. */
function install() {
  if (isInstalled(root)) return
  console.log('Installing the locked packages …')
  if (npm(root, 'ci') === 0) return
  // A lock that does not install is an error in CI; a person who has just edited package.json may go on.
  if (inCi || npm(root, 'install', '--no-save') !== 0) fail('The packages could not be installed.')
}

/** Installs them, without running anything of theirs. In CI they must install; elsewhere their tests are left out. */
function provideFrameworks() {
  const began = Date.now()
  const folder = at(frameworks)
  const isThere = isInstalled(folder) || npm(folder, 'ci', '--ignore-scripts') === 0
  const detail = isThere ? '' : `They could not be installed in ${frameworks}/, so their tests are left out.`
  return { name: frameworks, ok: isThere || !inCi, isThere, seconds: since(began), detail }
}

// --- choosing Node ----------------------------------------------------------------------------------------------

/** The Node to use, and the environment in which `node` and the workspace's programs are first on PATH. */
function environment() {
  const node = chooseNode()
  const bin = at('node_modules', '.bin')
  const first = process.platform === 'win32' ? dirname(node) : linkTo(node)
  const path = [first, bin, process.env.PATH ?? ''].join(delimiter)
  return { node, variables: { ...process.env, PATH: path } }
}

/** The Node that npm was started with, if it is new enough, so that CI can test several; else the locked one. */
function chooseNode() {
  const candidates = [process.env.npm_node_execpath, process.execPath, at('node_modules', '.bin', 'node')]
  const node = candidates.find(
    (candidate) => candidate && existsSync(candidate) && isNewEnough(versionOf(candidate)),
  )
  return node ?? fail(`Sojourn needs Node 22.18 or newer; this is Node ${process.versions.node}.`)
}

function versionOf(node) {
  if (node === process.execPath) return process.versions.node
  return spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout ?? ''
}

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 18)
}

/** A folder with nothing in it but a link to this Node: no other program of its folder gets in the way. */
function linkTo(node) {
  const folder = at('node_modules', '.cache', 'node')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  symlinkSync(node, join(folder, 'node'))
  return folder
}

// --- services ---------------------------------------------------------------------------------------------------

function provideServices() {
  const began = Date.now()
  const wanted = missing()
  if (wanted.length > 0 && process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    const packages = wanted.map((service) => service.debian)
    console.log(`Installing ${packages.join(', ')} for the tests …`)
    apt('update')
    apt('install', '-y', '--no-install-recommends', ...packages)
  }
  const absent = missing()
  const names = absent.map((service) => service.name).join(', ')
  const hint = `sudo apt-get install ${absent.map((service) => service.debian).join(' ')}`
  const detail = absent.length > 0 ? `Without ${names} some tests are skipped. On Debian: ${hint}` : ''
  const isWhole = absent.length === 0
  return { name: 'services', ok: isWhole || !inCi, isWhole, seconds: since(began), detail }
}

function apt(...words) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const result = spawnSync('apt-get', ['-q', ...words], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (result.status !== 0)
    console.error(`apt-get ${words.join(' ')}\n${result.stdout ?? ''}${result.stderr ?? ''}`)
}

// --- running ----------------------------------------------------------------------------------------------------

/** Runs a script of package.json as npm would, without npm's second of start-up, and keeps what it prints. */
async function check(name, env) {
  const script = JSON.parse(readFileSync(at('package.json'), 'utf8')).scripts[name]
  const output = []
  const keep = (chunk) => output.push(chunk)
  const step = await timed(name, () => run(script, [], { env: env.variables, shell: true, keep }))
  return { ...step, detail: step.ok ? '' : Buffer.concat(output).toString().trimEnd() }
}

async function timed(name, work) {
  const began = Date.now()
  const code = await work()
  return { name, ok: code === 0, seconds: since(began) }
}

function since(began) {
  return Math.round((Date.now() - began) / 100) / 10
}

/** Runs a program to its end; hands signals on to it, and resolves to its exit code. */
function run(program, words, { env, shell = false, stdio = ['ignore', 'pipe', 'pipe'], keep }) {
  return new Promise((resolve) => {
    const child = spawn(program, words, { env, shell, stdio })
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    const handOn = (signal) => {
      // A terminal sends Ctrl-C to the whole group: handing it on as well would be a second one.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, handOn)
    // npm hands a signal to its shell, which ends without handing it on: then this process has lost its parent.
    const parent = process.ppid
    const watch = setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500)
    const end = (code) => {
      clearInterval(watch)
      for (const signal of signals) process.off(signal, handOn)
      resolve(code)
    }
    child.on('error', (error) => {
      console.error(error.message)
      end(127)
    })
    child.on('close', (code, signal) => end(code ?? 128 + (constants.signals[signal] ?? 0)))
  })
}

function report(step) {
  console.log(line(step))
  if (step.detail) console.log(step.detail.replace(/^/gm, '      '))
}

function line({ name, ok, seconds }) {
  return `${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(14)} ${seconds.toFixed(1).padStart(6)} s`
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
