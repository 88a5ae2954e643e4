// A server in a process of its own, with its sessions in a file, and commands beside it that are told the same.

import { testClient, type TestClient } from 'sojourn/testing'

import { run, serving, type Ended, type RunningCommand } from './command.ts'
import { sharedVariables, temporaryFolder } from './server.ts'

type Variables = Readonly<Record<string, string>>

export interface ServerOnFile {
  /** Its working folder, with `sessions.db`. */
  readonly folder: string
  readonly variables: Variables
  readonly server: RunningCommand
  readonly client: TestClient
  /** Runs a command to its end, with the variables of the server and these. */
  command(args: readonly string[], more?: Variables): Promise<Ended>
  /** For afterAll, whatever has happened. */
  remove(): Promise<void>
}

export interface ServerOnFileOptions {
  readonly args?: readonly string[]
  readonly more?: Variables
}

export async function serverOnFile({
  args = [],
  more = {},
}: ServerOnFileOptions = {}): Promise<ServerOnFile> {
  const folder = temporaryFolder()
  const variables = { ...sharedVariables, SOJOURN_STORE: 'sqlite:sessions.db', ...more }
  const server = await serving(['--port', '0', '--log-level', 'error', ...args], {
    folder: folder.path,
    variables,
  })
  const client = testClient({ url: server.url })
  return {
    folder: folder.path,
    variables,
    server,
    client,
    command: (given, others) => run(given, { folder: folder.path, variables: { ...variables, ...others } }),
    async remove() {
      client.close()
      await server.end('SIGTERM')
      folder.remove()
    },
  }
}
