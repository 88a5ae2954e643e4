// What somebody takes in with a package: nothing runs when it is installed, nothing talks when it is imported, and
// the library brings nobody along.

import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

const root = dirname(import.meta.dirname)
const json = (file: string): Record<string, Record<string, unknown> | undefined> =>
  JSON.parse(readFileSync(join(root, file), 'utf8')) as Record<string, Record<string, unknown> | undefined>

it('A117: the library has no dependency, and no package runs a script when it is installed', () => {
  expect(json('packages/sojourn/package.json')['dependencies']).toBeUndefined()
  for (const file of globSync('packages/*/package.json', { cwd: root })) {
    const scripts = Object.keys(json(file)['scripts'] ?? {})
    expect(scripts.filter((name) => /install|prepare/.test(name))).toEqual([])
  }
})

it('A117: what the server depends on is written down with its reason, and runs no script either', () => {
  const reasons = readFileSync(join(root, 'docs/dependencies.md'), 'utf8')
  const locked = json('package-lock.json')['packages'] ?? {}
  const seen = new Set<string>()
  const follow = (name: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    const { dependencies = {} } = (locked[`node_modules/${name}`] ?? {}) as { dependencies?: object }
    for (const next of Object.keys(dependencies)) follow(next)
  }
  const own = Object.keys(json('packages/server/package.json')['dependencies'] ?? {})
  expect(own.filter((name) => name !== 'sojourn' && !reasons.includes(`\`${name}\``))).toEqual([])
  for (const name of own) follow(name)
  expect(seen.size).toBeGreaterThan(own.length - 1)
  const running = [...seen].filter((name) => {
    const entry = locked[`node_modules/${name}`] as { hasInstallScript?: boolean } | undefined
    return entry?.hasInstallScript === true
  })
  expect(running).toEqual([])
})

it('A117: importing the library opens no connection, starts no process and writes no file', () => {
  const { exports = {}, peerDependencies = {} } = json('packages/sojourn/package.json')
  // What a framework does when it is imported is its own affair.
  const isOurs = (entry: string): boolean =>
    !Object.keys(peerDependencies).some((peer) => peer.includes(entry.slice(2)))
  const entries = Object.keys(exports).filter(
    (entry) => entry === '.' || (isOurs(entry) && !/\.(json|css)$/.test(entry)),
  )
  expect(entries.length).toBeGreaterThan(5)
  const script = `
    import net from 'node:net'
    import dns from 'node:dns'
    const deny = (what) => () => { throw new Error(what) }
    net.Socket.prototype.connect = deny('a connection')
    net.Server.prototype.listen = deny('a listener')
    dns.lookup = deny('a look-up')
    globalThis.fetch = deny('a fetch')
    for (const entry of ${JSON.stringify(entries)}) {
      const name = 'sojourn' + entry.slice(1)
      const { length } = Object.keys(await import(name))
      if (length === 0) throw new Error(name + ' exports nothing')
    }
    console.log('imported')`
  const told = execFileSync(
    process.execPath,
    [
      '--permission',
      '--allow-fs-read=*',
      '--input-type=module',
      '--disable-warning=ExperimentalWarning',
      '-e',
      script,
    ],
    { cwd: join(root, 'packages/server'), encoding: 'utf8' },
  )
  expect(told.trim()).toBe('imported')
})
