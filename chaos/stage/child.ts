// A process of ours: started, stopped as a paused machine is, killed, or asked to end; always by its own process id.

import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

export interface Child {
  readonly pid: number
  readonly isGone: () => boolean
  /** Resolves when it has said "ready"; rejects if it ends before. */
  readonly ready: Promise<void>
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
  /** Ends its standard input, at which it ends by itself; resolves to its exit code. */
  finish(): Promise<number | null>
  /** Ends it at once. */
  kill(): Promise<void>
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

const root = join(import.meta.dirname, '..')

/** Runs `chaos/<file>` with its configuration. What it says goes to `<name>.log` in the folder. */
export function startChild(
  file: string,
  config: { readonly name: string; readonly folder: string },
  onEnd: (told: string) => void = () => {},
): Child {
  const log = openSync(join(config.folder, `${config.name}.log`), 'a')
  const args = ['--disable-warning=ExperimentalWarning', join(root, file), JSON.stringify(config)]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', log] }) as ChildProcessByStdio<
    Writable,
    Readable,
    null
  >
  running.add(child)
  // Writing to a process that was killed is no news.
  child.stdin.on('error', () => {})
  const gone = once(child, 'exit').then(([code]) => {
    running.delete(child)
    if (!isMeant) onEnd(`${config.name} ended with ${String(code ?? child.signalCode)}; see its log`)
    return code as number | null
  })
  let isMeant = false
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (said: Buffer) => said.toString().includes('ready') && resolve())
    void gone.then(() => reject(new Error(`${config.name} ended before it was ready`)))
  })
  // Whoever waits for it hears of it.
  ready.catch(() => {})
  return {
    pid: child.pid!,
    isGone,
    ready,
    signal: (signal) => {
      if (signal === 'SIGKILL') isMeant = true
      child.kill(signal)
    },
    finish: () => {
      isMeant = true
      child.stdin.end()
      return gone
    },
    kill: async () => {
      isMeant = true
      child.kill('SIGKILL')
      await gone
    },
  }
}
