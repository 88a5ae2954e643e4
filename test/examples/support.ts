// An application in another language beside the Sojourn server, each a process of its own.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { serving, type RunningCommand } from '../../packages/server/test/support/command.ts'
import { listening } from '../../packages/server/test/support/ports.ts'
import { freePort } from '../../tools/free-port.ts'
import { apiKey, issuer, secret, temporaryFolder } from '../../packages/server/test/support/server.ts'

/** How an example is started. */
export interface Launch {
  /** Its folder in examples/. */
  readonly folder: string
  readonly command: string
  readonly args: (port: number) => readonly string[]
}

export interface Running {
  readonly url: string
  readonly server: RunningCommand
  /** What the application has written so far. */
  log(): string
  stop(): Promise<void>
}

/**
 * Starts the server and the application, which stands behind a proxy that ends TLS (the test client plays it); with
 * `isLocal` there is none, and a browser of this machine uses it over plain HTTP.
 */
export async function startBoth({ folder, command, args }: Launch, isLocal = false): Promise<Running> {
  const home = temporaryFolder()
  const variables = {
    SOJOURN_ISSUER: isLocal ? 'http://localhost' : issuer,
    SOJOURN_SECRETS: secret,
    SOJOURN_API_KEY: apiKey,
    SOJOURN_TRUSTED_PROXIES: 'loopback',
  }
  const options = ['--port', '0', '--store', 'memory:', '--log-level', 'error']
  const server = await serving(options, { folder: home.path, variables })
  const port = await freePort()
  const child = spawn(command, args(port), {
    cwd: join(import.meta.dirname, '../../examples', folder),
    env: {
      PATH: process.env['PATH'],
      HOME: home.path,
      TMPDIR: home.path,
      // Kept, so that the second time is quick.
      GOCACHE: join(tmpdir(), 'sojourn-go-build'),
      PORT: String(port),
      BEHIND_PROXY: isLocal ? '0' : '1',
      PASSWORD_ROUNDS: '1000',
      PYTHONDONTWRITEBYTECODE: '1',
      SOJOURN_URL: server.url,
      SOJOURN_ISSUER: variables.SOJOURN_ISSUER,
      SOJOURN_API_KEY: apiKey,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: some commands start the application as another process.
    detached: true,
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (log += text))
  const stop = async (): Promise<void> => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    await server.end('SIGKILL')
    home.remove()
  }
  try {
    await listening(port, child, () => log)
  } catch (error) {
    await stop()
    throw error
  }
  return { url: `http://${isLocal ? 'localhost' : '127.0.0.1'}:${port}`, server, log: () => log, stop }
}
