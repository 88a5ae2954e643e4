// Real proxies with the configurations that we ship, changed in nothing but addresses, ports and paths. Each in a folder of
// its own, ended by its process id.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { program } from '../../../../../tools/services.mjs'
import { freePort } from '../../../../../tools/free-port.ts'
import { listening } from '../../support/ports.ts'

export type ProxyName = 'nginx' | 'caddy' | 'haproxy' | 'apache2'

/** Where the servers behind the proxy listen. */
export interface Behind {
  readonly sojourn: number
  readonly application: number
}

export interface Proxy {
  /** Over TLS, as app.example. */
  readonly port: number
  /** The certificate that vouches for it. */
  readonly ca: string
  /** What it has written about its work so far. */
  log(): string
  stop(): Promise<void>
}

interface Place extends Behind {
  readonly folder: string
  readonly port: number
}

const shipped = join(import.meta.dirname, '../../../proxies')

export async function startProxy(name: ProxyName, behind: Behind): Promise<Proxy> {
  const path = program(name)
  if (!path) throw new Error(`There is no ${name} here; see tools/services.mjs`)
  const folder = mkdtempSync(join(tmpdir(), `sojourn-${name}-`))
  const place = { ...behind, folder, port: await freePort() }
  const ca = makeCertificate(folder)
  const child = spawn(path, launchers[name](place), {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (log += text))
  await listening(place.port, child, () => log)
  return {
    port: place.port,
    ca,
    log: () => log,
    async stop() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

// Writes the configuration, and gives the arguments of the command.
const launchers: Readonly<Record<ProxyName, (place: Place) => readonly string[]>> = {
  nginx(place) {
    const { folder, port } = place
    const site = shippedWith('nginx.conf', place, [
      ['listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`],
      ['/etc/ssl/app.example.pem', join(folder, 'app.pem')],
      ['/etc/ssl/app.example.key', join(folder, 'app.key')],
    ])
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${folder}/${kind};`,
    )
    // One process in the foreground, so that its id is all there is to end it by.
    const main = `daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr warn;
      events { worker_connections 256; }
      http { access_log off; ${paths.join(' ')} ${site} }`
    writeFileSync(join(folder, 'main.conf'), main)
    return ['-p', folder, '-c', join(folder, 'main.conf')]
  },
  caddy(place) {
    const { folder, port } = place
    const site = shippedWith('Caddyfile', place, [
      ['\napp.example {', `\nhttps://app.example:${port} {\n\tbind 127.0.0.1\n\ttls app.pem app.key`],
    ])
    writeFileSync(join(folder, 'Caddyfile'), `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${site}`)
    return ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile']
  },
  apache2(place) {
    const { folder, port } = place
    writeFileSync(join(folder, 'apache.lua'), shippedWith('apache.lua', place))
    const site = shippedWith('apache.conf', place, [
      ['*:443', `127.0.0.1:${port}`],
      ['/etc/ssl/app.example.pem', join(folder, 'app.pem')],
      ['/etc/ssl/app.example.key', join(folder, 'app.key')],
      ['/etc/apache2/apache.lua', join(folder, 'apache.lua')],
    ])
    const modules = apacheModules
      .split(' ')
      .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
    const main = `ServerRoot ${folder}
      ServerName localhost
      DefaultRuntimeDir ${folder}
      Listen 127.0.0.1:${port}
      PidFile ${folder}/apache.pid
      ErrorLog ${folder}/error.log
      LogLevel warn
      ${modules.join('\n')}
      User www-data
      Group www-data
      ${site}`
    writeFileSync(join(folder, 'main.conf'), main)
    // It reads the script as the user that it has become.
    chmodSync(folder, 0o755)
    return ['-X', '-f', join(folder, 'main.conf')]
  },
  haproxy(place) {
    const { folder, port } = place
    const both = readFileSync(join(folder, 'app.pem'), 'utf8') + readFileSync(join(folder, 'app.key'), 'utf8')
    writeFileSync(join(folder, 'both.pem'), both)
    writeFileSync(join(folder, 'haproxy.lua'), shippedWith('haproxy.lua', place))
    const config = shippedWith('haproxy.cfg', place, [
      ['bind :443 ssl crt /etc/ssl/app.example.pem', `bind 127.0.0.1:${port} ssl crt ${folder}/both.pem`],
      ['/etc/haproxy/haproxy.lua', join(folder, 'haproxy.lua')],
    ])
    writeFileSync(join(folder, 'haproxy.cfg'), config)
    return ['-db', '-f', join(folder, 'haproxy.cfg')]
  },
}

const apacheModules = 'mpm_event authz_core headers lua proxy proxy_http socache_shmcb ssl'

function shippedWith(
  name: string,
  { sojourn, application }: Behind,
  changes: readonly (readonly [from: string, to: string])[] = [],
): string {
  const text = changes.reduce(
    (so, [from, to]) => {
      if (!so.includes(from)) throw new Error(`${name} does not say ${from}`)
      return so.replaceAll(from, to)
    },
    readFileSync(join(shipped, name), 'utf8'),
  )
  return text
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${sojourn}`)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${application}`)
}

/** A certificate for app.example that nobody else knows, as app.pem and app.key. */
function makeCertificate(folder: string): string {
  const args =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=app.example -addext subjectAltName=DNS:app.example -keyout app.key -out app.pem'
  const { status, stderr } = spawnSync('openssl', args.split(' '), { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`openssl: ${stderr}`)
  return readFileSync(join(folder, 'app.pem'), 'utf8')
}
