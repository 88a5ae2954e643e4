// Waiting for other programs, which were told where to listen.

import type { ChildProcess } from 'node:child_process'
import { connect } from 'node:net'

/** Resolves once this process listens; rejects with what it has written if it ends instead. */
export async function listening(port: number, child: ChildProcess, log: () => string): Promise<void> {
  while (!(await isOpen(port))) {
    if (child.exitCode !== null) throw new Error(log())
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => resolve(false))
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
