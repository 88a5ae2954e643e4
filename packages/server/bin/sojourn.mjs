#!/usr/bin/env node
// The command `sojourn`. Plain JavaScript, so that a Node which is too old can still say so, or find a newer one in
// the node_modules folders above and hand over to it. A checkout runs the sources; a published package its build.

import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))

if (isNewEnough(process.versions.node)) {
  const source = new URL('../src/main.ts', import.meta.url)
  await import(existsSync(source) ? source.href : new URL('../dist/main.js', import.meta.url).href)
} else {
  const node = newerNode(here)
  if (node) handOver(node)
  else {
    console.error(`sojourn needs Node 22.18 or newer; this is Node ${process.versions.node}.`)
    process.exitCode = 1
  }
}

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 18)
}

/** A Node that a package has brought along, in this folder or one above it. */
function newerNode(folder) {
  const candidate = join(folder, 'node_modules', '.bin', 'node')
  if (existsSync(candidate)) {
    const { stdout } = spawnSync(candidate, ['-p', 'process.versions.node'], { encoding: 'utf8' })
    if (isNewEnough(stdout ?? '')) return candidate
  }
  return dirname(folder) === folder ? undefined : newerNode(dirname(folder))
}

function handOver(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // A terminal sends Ctrl-C to the whole group: handing it on as well would be a second one.
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('error', (error) => {
    console.error(error.message)
    process.exit(127)
  })
  child.on('close', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}
