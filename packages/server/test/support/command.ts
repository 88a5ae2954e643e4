// The command `sojourn` as a process of its own, in a folder of its own and with no variables but those that are given.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../../bin/sojourn.mjs', import.meta.url))

export interface CommandOptions {
  readonly folder: string
  readonly variables?: Readonly<Record<string, string>>
}

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end. */
export async function run(args: readonly string[], options: CommandOptions): Promise<Ended> {
  const { ended } = start(args, options)
  return ended
}

export interface RunningCommand {
  readonly child: ChildProcess
  /** Where it says that it is serving. */
  readonly url: string
  readonly ended: Promise<Ended>
  /** Sends a signal, and resolves when the process has ended. */
  end(signal: NodeJS.Signals): Promise<Ended>
}

/** Starts `sojourn serve`; resolves when it says that it is serving, and rejects with what it says instead. */
export async function serving(args: readonly string[], options: CommandOptions): Promise<RunningCommand> {
  const { child, ended, said } = start(['serve', ...args], options)
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', () => {
      const address = /serving on (https?:\/\/\S+)/.exec(said().stderr)?.[1]
      if (address !== undefined) resolve(address)
    })
    void ended.then(({ stderr }) => reject(new Error(stderr)))
  })
  return {
    child,
    url,
    ended,
    end(signal) {
      child.kill(signal)
      return ended
    },
  }
}

export function start(args: readonly string[], { folder, variables = {} }: CommandOptions) {
  const child = spawn(process.execPath, [command, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = once(child, 'close').then(([status]): Ended => ({
    status: status as number | null,
    stdout,
    stderr,
  }))
  return { child, ended, said: () => ({ stdout, stderr }) }
}
