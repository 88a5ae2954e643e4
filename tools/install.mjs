// Installing what a lock names, for a folder with a package-lock.json: the workspace itself, and what is kept apart from it.
// Plain JavaScript without dependencies, because it runs before anything is installed.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Whether exactly what the lock names is there: npm leaves a lock of its own behind, as its last act. */
export function isInstalled(folder) {
  const hidden = join(folder, 'node_modules', '.package-lock.json')
  if (!existsSync(hidden)) return false
  const installed = packagesOf(hidden)
  return Object.entries(packagesOf(join(folder, 'package-lock.json'))).every(([path, wanted]) => {
    if (!path.includes('node_modules/')) return true
    const present = installed[path]
    if (!present) return wanted.optional === true || wanted.devOptional === true || wanted.peer === true
    return present.version === wanted.version && present.integrity === wanted.integrity
  })
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages
}

/** Runs npm in a folder; gives its exit code. */
export function npm(folder, ...words) {
  // Under an old Node npm would print a warning for each package; the Node that is used is chosen afterwards.
  const options = [...words, '--loglevel=error', '--no-fund', '--no-audit']
  const how = { cwd: folder, stdio: ['inherit', 2, 'inherit'] }
  const cli = process.env.npm_execpath
  const result = cli?.endsWith('.js')
    ? spawnSync(process.execPath, [cli, ...options], how)
    : spawnSync('npm', options, { ...how, shell: process.platform === 'win32' })
  return result.status ?? 1
}
