// A disk that can be full. As root we mount a small one and fill it (ENOSPC); otherwise we forbid the processes to make
// a file any longer, which they meet at the same place (EFBIG).

import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, statSync, writeSync, openSync, closeSync } from 'node:fs'
import { join } from 'node:path'

export interface Disk {
  readonly folder: string
  /** From now on nothing more fits. `pids` are the processes that write to it, `file` what they write most. */
  exhaust(pids: readonly number[], file: string): void
  free(pids: readonly number[]): void
  close(): void
}

/** A disk under this folder, which is there. */
export function openDisk(parent: string): Disk {
  const folder = join(parent, 'disk')
  mkdirSync(folder)
  return mounted(folder) ?? limited(folder)
}

/** A file system of its own; undefined where we may not mount one. */
export function mounted(folder: string): Disk | undefined {
  if (process.getuid?.() !== 0) return undefined
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=700', 'chaos', folder])
  if (status !== 0) return undefined
  const unmount = (): void => void spawnSync('umount', ['-l', folder])
  process.once('exit', unmount)
  const ballast = join(folder, 'ballast')
  return {
    folder,
    exhaust: () => fillUp(ballast),
    free: () => rmSync(ballast, { force: true }),
    close: () => {
      process.off('exit', unmount)
      unmount()
    },
  }
}

function fillUp(file: string): void {
  const to = openSync(file, 'w')
  try {
    for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) {
      const zeros = Buffer.alloc(size)
      while (fits(to, zeros));
    }
  } finally {
    closeSync(to)
  }
}

function fits(to: number, bytes: Buffer): boolean {
  try {
    return writeSync(to, bytes) === bytes.length
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}

/** A limit on the size of the files that these processes write. */
export function limited(folder: string): Disk {
  const limit = (pids: readonly number[], size: number | 'unlimited'): void => {
    for (const pid of pids) spawnSync('prlimit', ['--pid', String(pid), `--fsize=${size}:`])
  }
  return {
    folder,
    exhaust: (pids, file) => limit(pids, statSync(file).size),
    free: (pids) => limit(pids, 'unlimited'),
    close: () => {},
  }
}
