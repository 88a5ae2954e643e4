// Real Redis servers for tests: one, a cluster, or a primary with replicas and a Sentinel. Each in a folder of its own, on
// free ports of the loopback interface, ended by its process id.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createClient } from 'redis'

import { has, program } from '../../../../tools/services.mjs'

/** Whether the tests can start servers here; those that need them are skipped, visibly, where they cannot. */
export const hasRedis = has('redis-server')

export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Sends a command over a connection for tests. */
  command(...args: string[]): Promise<unknown>
  /** Stops it as a paused machine is stopped: connections stay, nothing answers. */
  freeze(): void
  thaw(): void
  /** Ends it at once, and waits until it is gone. */
  kill(): Promise<void>
  /** Starts it again with what it has on disk. */
  start(): Promise<void>
  /** Ends it and removes its folder. */
  close(): Promise<void>
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a server; `args` are settings as on its command line. Without any it writes nothing to disk. */
export async function startRedis(args: readonly string[] = ['--save', '']): Promise<RedisServer> {
  return serverOn(await freePort(), args)
}

async function serverOn(port: number, args: readonly string[], config?: string): Promise<RedisServer> {
  const path = program('redis-server')
  if (!path) throw new Error('There is no redis-server here; see tools/services.mjs')
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-redis-'))
  if (config !== undefined) writeFileSync(join(folder, 'redis.conf'), config)
  const file = config === undefined ? [] : [join(folder, 'redis.conf')]
  const settings = [...file, '--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...args]
  let child = await launch(path, settings)
  let client: ReturnType<typeof connect> | undefined
  const server: RedisServer = {
    port,
    url: `redis://127.0.0.1:${port}`,
    async command(...words) {
      client ??= connect(port)
      return (await client).sendCommand(words)
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async kill() {
      if (client) (await client).destroy()
      client = undefined
      await end(child)
    },
    async start() {
      child = await launch(path, settings)
    },
    async close() {
      await server.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return server
}

async function launch(path: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  running.add(child)
  let log = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (data: Buffer) => {
      log += data.toString()
      if (/Ready to accept connections|monitor master/.test(log)) resolve()
    })
    child.once('exit', () => reject(new Error(`redis-server did not start:\n${log}`)))
  })
  return child
}

async function end(child: ChildProcess): Promise<void> {
  running.delete(child)
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function connect(port: number): Promise<{
  sendCommand(args: string[]): Promise<unknown>
  destroy(): void
}> {
  const client = createClient({ socket: { host: '127.0.0.1', port } })
  // Without a listener an error of the connection would end the process.
  client.on('error', () => {})
  return client.connect()
}

let nextPort = 20_000 + (process.pid % 1000) * 20

/** A port that nobody listens on, low enough for the bus of a cluster, which is 10,000 above it. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + (nextPort++ % 20_000)
    if ((await isFree(port)) && (await isFree(port + 10_000))) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

// ---------------------------------------------------------------------------------------------- several servers

export interface RedisCluster {
  readonly primaries: readonly RedisServer[]
  readonly replicas: readonly RedisServer[]
  close(): Promise<void>
}

const slots = 16_384

/** Three primaries with a replica each; resolves when every node says that the cluster is whole. */
export async function startCluster(): Promise<RedisCluster> {
  const settings = [
    '--save',
    '',
    '--repl-diskless-sync-delay',
    '0',
    '--cluster-enabled',
    'yes',
    '--cluster-node-timeout',
    '2000',
  ]
  const nodes: RedisServer[] = []
  for (let node = 0; node < 6; node++) nodes.push(await startRedis(settings))
  const primaries = nodes.slice(0, 3)
  const replicas = nodes.slice(3)
  for (const [at, { command }] of nodes.entries())
    await command('CLUSTER', 'SET-CONFIG-EPOCH', String(at + 1))
  for (const [at, { command }] of primaries.entries()) {
    const [from, to] = [at, at + 1].map((part) => Math.floor((slots * part) / 3)) as [number, number]
    await command('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to - 1))
  }
  for (const { port } of nodes.slice(1)) await nodes[0]!.command('CLUSTER', 'MEET', '127.0.0.1', String(port))
  await allOf(nodes, async ({ command }) => String(await command('CLUSTER', 'NODES')).split('\n').length > 6)
  for (const [at, { command }] of replicas.entries()) {
    const id = String(await primaries[at]!.command('CLUSTER', 'MYID'))
    await until(async () => (await command('CLUSTER', 'REPLICATE', id)) === 'OK')
  }
  await allOf(primaries, confirms)
  await allOf(nodes, async ({ command }) => {
    const [info, known] = await Promise.all([command('CLUSTER', 'INFO'), command('CLUSTER', 'NODES')])
    return /cluster_state:ok/.test(String(info)) && String(known).match(/\bslave /g)?.length === 3
  })
  return { primaries, replicas, close: () => closeAll(nodes) }
}

export interface SentinelSet {
  readonly name: string
  readonly primary: RedisServer
  readonly replica: RedisServer
  readonly sentinel: RedisServer
  close(): Promise<void>
}

/** A primary with one replica, and a Sentinel that replaces it after a second. */
export async function startSentinel(): Promise<SentinelSet> {
  const name = 'sessions'
  const primary = await startRedis(['--save', '', '--repl-diskless-sync-delay', '0'])
  const replica = await startRedis(['--save', '', '--replicaof', '127.0.0.1', String(primary.port)])
  await allOf([primary], confirms)
  const config = [
    `sentinel monitor ${name} 127.0.0.1 ${primary.port} 1`,
    `sentinel down-after-milliseconds ${name} 1000`,
    `sentinel failover-timeout ${name} 5000`,
  ]
  const sentinel = await serverOn(await freePort(), ['--sentinel'], `${config.join('\n')}\n`)
  await allOf([sentinel], async ({ command }) => {
    const replicas = (await command('SENTINEL', 'REPLICAS', name)) as unknown[]
    return replicas.length === 1
  })
  return { name, primary, replica, sentinel, close: () => closeAll([sentinel, replica, primary]) }
}

/**
 * Whether a replica confirms what this primary, which is empty, writes. Its link is up, and the primary counts it, up to a
 * second before it is sent anything. (Of commands that write, this one needs no key, which would have to be in a slot.)
 */
async function confirms({ command }: RedisServer): Promise<boolean> {
  await command('FLUSHALL')
  return Number(await command('WAIT', '1', '3000')) === 1
}

async function closeAll(servers: readonly RedisServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.close()))
}

async function allOf(
  servers: readonly RedisServer[],
  isSo: (server: RedisServer) => Promise<boolean>,
): Promise<void> {
  await Promise.all(servers.map((server) => until(() => isSo(server))))
}

/** Waits for something that a real server does in its own time; what it rejects with counts as not yet. */
export async function until(isSo: () => Promise<boolean>, patience = 60_000): Promise<void> {
  const give = performance.now() + patience
  for (;;) {
    if (await isSo().catch(() => false)) return
    if (performance.now() > give)
      throw new Error(`It did not happen within ${patience} ms: ${isSo.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
