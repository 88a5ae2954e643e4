// What the tests need besides Node, one line each: how it is called, the Debian package that brings it, and how to see
// that it is there. `npm test` installs what is missing where it may (root on Debian) and names it where it may not;
// a test that needs a service asks `has('chromium')`, so that a missing one is a visible skip. Under CI=true a missing
// service is a failure.

import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Debian keeps one folder for each version, and none of them in PATH. */
export const postgresFolders = [18, 17, 16, 15, 14].map((version) => `/usr/lib/postgresql/${version}/bin`)

export const services = [
  { name: 'chromium', debian: 'chromium', found: () => program('chromium') },
  { name: 'openssl', debian: 'openssl', found: () => program('openssl') },
  { name: 'redis-server', debian: 'redis-server', found: () => program('redis-server') },
  { name: 'nginx', debian: 'nginx-light', found: () => program('nginx') },
  { name: 'apache2', debian: 'apache2-bin', found: () => program('apache2') },
  { name: 'lua-socket', debian: 'lua-socket', found: () => file('/usr/share/lua/5.3/socket.lua') },
  { name: 'haproxy', debian: 'haproxy', found: () => program('haproxy') },
  { name: 'systemd', debian: 'systemd', found: () => program('systemd-analyze') },
  { name: 'postgresql', debian: 'postgresql', found: () => program('postgres', ...postgresFolders) },
  { name: 'go', debian: 'golang-go', found: () => program('go') },
  { name: 'javac', debian: 'default-jdk-headless', found: () => program('javac') },
  { name: 'php', debian: 'php-cli', found: () => program('php') },
  { name: 'python3-flask', debian: 'python3-flask', found: () => inPython('flask') },
  { name: 'python3-jwt', debian: 'python3-jwt', found: () => inPython('jwt') },
  { name: 'python3-cryptography', debian: 'python3-cryptography', found: () => inPython('cryptography') },
  { name: 'python3-jwcrypto', debian: 'python3-jwcrypto', found: () => inPython('jwcrypto') },
  { name: 'python3-authlib', debian: 'python3-authlib', found: () => inPython('authlib') },
  { name: 'jose', debian: 'jose', found: () => program('jose') },
  { name: 'caddy', debian: 'caddy', found: () => program('caddy') },
]

/** Whether a service is here; throws for a name that is not in the table. */
export function has(name) {
  const service = services.find((service) => service.name === name)
  if (!service) throw new Error(`${name} is not in tools/services.mjs`)
  return service.found() !== undefined
}

export function missing() {
  return services.filter((service) => service.found() === undefined)
}

/** The path of a program, looked for in PATH, in the places where Debian keeps servers, and in those given. */
export function program(name, ...more) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', ...more]
  return folders.map((folder) => join(folder || '.', name)).find(isExecutable)
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The command, if it succeeds: for a library that another interpreter has to find. */
export function answers(command, ...args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0 ? command : undefined
}

// Debian's interpreter, which sees Debian's packages; another one may come first on PATH.
function inPython(module) {
  return answers('/usr/bin/python3', '-c', `import ${module}`)
}

function file(path) {
  return existsSync(path) ? path : undefined
}
