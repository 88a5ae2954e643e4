// A server in a process of its own for everything that nobody should send, so that a test also sees whether it lives on.

import { serving } from './command.ts'
import { apiKey, sharedVariables, temporaryFolder } from './server.ts'

export interface Target {
  readonly port: number
  /** Stops it; gives its exit status and its log of errors. */
  end(): Promise<readonly [status: number | null, log: string]>
  /** For afterAll, whatever has happened. */
  remove(): Promise<void>
}

export async function startTarget(): Promise<Target> {
  const folder = temporaryFolder()
  const args = ['--port', '0', '--store', 'memory:', '--log-level', 'error']
  const server = await serving(args, { folder: folder.path, variables: sharedVariables })
  return {
    port: Number(new URL(server.url).port),
    async end() {
      const { status, stdout } = await server.end('SIGTERM')
      return [status, stdout]
    },
    async remove() {
      await server.end('SIGKILL')
      folder.remove()
    },
  }
}

/** The header lines with which a request gets past the door. */
export const proper = `Host: app.example\r\nX-Forwarded-Proto: https\r\nAuthorization: Bearer ${apiKey}\r\nConnection: close\r\n`

/** Does the work for every item, a few at a time. */
export async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items]
  const worker = async (): Promise<void> => {
    for (let item = rest.pop(); item !== undefined; item = rest.pop()) await work(item)
  }
  await Promise.all(Array.from({ length: 8 }, worker))
}
