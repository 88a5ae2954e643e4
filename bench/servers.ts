// The servers that benchmarks start for themselves, and what these have worked: time on a core, and bytes sent. Both are
// true on a busy machine too, which times by the clock are not.

import { readdirSync, readFileSync } from 'node:fs'

import { Pool } from 'pg'
import { createClient } from 'redis'

import { startPostgres } from '../packages/sojourn/test/support/postgres.ts'
import { startRedis } from '../packages/sojourn/test/support/redis.ts'

export interface Server {
  readonly url: string
  /** The seconds that it has kept a core busy. */
  readonly busy: () => Promise<number>
  /** The bytes that it has sent; undefined where it does not count them. */
  readonly sent: () => Promise<number | undefined>
  readonly close: () => Promise<void>
}

/** A connection that is still to be opened. */
export function redisConnection(url: string) {
  const client = createClient({ url })
  // Without a listener an error of the connection would end the process.
  client.on('error', () => {})
  return client
}

export async function redisServer(): Promise<Server> {
  const server = await startRedis()
  const fact = async (section: string, name: string): Promise<number> => {
    const info = String(await server.command('INFO', section))
    return Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1])
  }
  return {
    url: server.url,
    busy: async () => (await fact('cpu', 'used_cpu_user')) + (await fact('cpu', 'used_cpu_sys')),
    sent: () => fact('stats', 'total_net_output_bytes'),
    close: () => server.close(),
  }
}

/** As in production: an answered write is on the disk. */
export async function postgresServer(connections = 100): Promise<Server> {
  const server = await startPostgres({ max_connections: String(connections), shared_buffers: '256MB' })
  const pool = new Pool({ connectionString: server.url, max: 1 })
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  const [postmaster] = statOf(rows[0]!.pid) ?? [0]
  return {
    url: server.url,
    busy: async () => busyChildrenOf(postmaster),
    sent: async () => undefined,
    async close() {
      await pool.end()
      await server.remove()
    },
  }
}

// Linux counts the time of processes in hundredths of a second.
const ticks = 100

/** PostgreSQL is a process for each connection, and some more; their parent also counts those that have ended. */
function busyChildrenOf(postmaster: number): number {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat?.[0] === postmaster)
  const ended = statOf(postmaster)?.[2] ?? 0
  return children.reduce((sum, stat) => sum + (stat?.[1] ?? 0), ended) / ticks
}

/** The parent of a process, what it has worked, and what its ended children had; undefined once it is gone. */
function statOf(pid: number): readonly [parent: number, own: number, ended: number] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name, in brackets, may contain anything.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    return [fields[1]!, fields[11]! + fields[12]!, fields[13]! + fields[14]!]
  } catch {
    return undefined
  }
}
