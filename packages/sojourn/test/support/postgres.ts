// A PostgreSQL of its own for each test file: on a free port of the loopback interface, in a folder that goes with it.
// It writes as one in production does (fsync on). It refuses to run as root, so where we are root it is `postgres`.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { freePort } from '../../../../tools/free-port.ts'
import { has, postgresFolders, program } from '../../../../tools/services.mjs'

export const hasPostgres = has('postgresql')

export interface PostgresServer {
  readonly port: number
  /** For any client; the superuser of an empty database. */
  readonly url: string
  /** Ends every connection and starts again on the same data: `fast` as an administrator does, `immediate` as a crash. */
  restart(how?: 'fast' | 'immediate'): Promise<void>
  /** In good order, and `crash` without. */
  stop(): Promise<void>
  crash(): Promise<void>
  start(): Promise<void>
  /** Stops all of its processes as a paused machine is stopped: connections stay, nothing answers. */
  freeze(): void
  thaw(): void
  /** Ends it for good and removes its folder. */
  remove(): Promise<void>
}

interface Identity {
  readonly uid?: number
  readonly gid?: number
}

export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-postgres-'))
  const identity = postgresIdentity()
  if (identity.uid !== undefined && identity.gid !== undefined) chownSync(folder, identity.uid, identity.gid)
  const how = { ...identity, cwd: folder, env: { PATH: process.env['PATH'], LC_ALL: 'C' } } as const
  const init = [
    '-D',
    join(folder, 'data'),
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--no-locale',
    '-N',
  ]
  const made = spawnSync(pathOf('initdb'), init, { ...how, encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`)

  const port = await freePort()
  const all = { port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: '', ...settings }
  const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const run = (): Promise<ChildProcess> =>
    running(() => spawn(pathOf('postgres'), ['-D', join(folder, 'data'), ...args], { ...how, stdio: 'pipe' }))

  let server: ChildProcess | undefined = await run()
  // A test file that fails before its end leaves nothing behind.
  process.once('exit', () => {
    server?.kill('SIGQUIT')
    rmSync(folder, { recursive: true, force: true })
  })
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!server) return
    const ended = once(server, 'exit')
    server.kill(signal)
    await ended
    server = undefined
  }
  const start = async (): Promise<void> => {
    server ??= await run()
  }
  const signalAll = (signal: NodeJS.Signals): void => {
    const pid = server?.pid
    if (pid === undefined) return
    // It has a process for each connection.
    const children = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }).stdout.split('\n')
    for (const one of [pid, ...children.filter(Boolean).map(Number)]) {
      try {
        process.kill(one, signal)
      } catch (error) {
        // A connection may have ended since we looked.
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
      }
    }
  }
  return {
    port,
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start,
    stop: () => end('SIGINT'),
    crash: () => end('SIGQUIT'),
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    restart: async (mode = 'fast') => {
      await end(mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
      await start()
    },
    remove: async () => {
      signalAll('SIGCONT')
      await end('SIGQUIT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves once it takes connections. */
async function running(start: () => ChildProcess): Promise<ChildProcess> {
  const server = start()
  let log = ''
  await new Promise<void>((resolve, reject) => {
    server.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      if (log.length < 100_000) log += chunk
      if (log.includes('ready to accept connections')) resolve()
    })
    server.once('exit', () => reject(new Error(`PostgreSQL did not start: ${log}`)))
  })
  return server
}

function pathOf(name: string): string {
  const path = program(name, ...postgresFolders)
  if (path === undefined) throw new Error(`${name} is not here; on Debian: apt-get install postgresql`)
  return path
}

function postgresIdentity(): Identity {
  if (process.getuid?.() !== 0) return {}
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout),
  )
  return { uid: uid!, gid: gid! }
}
