// Where npm has put the programs of Bun and Deno. Their own packages fetch nothing and run no script: the program itself
// is in a package for each platform.

import { existsSync } from 'node:fs'
import { join } from 'node:path'

const modules = join(import.meta.dirname, '..', 'node_modules')

function program(candidates: readonly string[]): string {
  const found = candidates.map((path) => join(modules, path)).find((path) => existsSync(path))
  if (found === undefined) throw new Error(`none of ${candidates.join(', ')} is installed in frameworks/`)
  return found
}

const { platform, arch } = process
const bunArch = arch === 'arm64' ? 'aarch64' : arch

export function bunProgram(): string {
  return program(['', '-musl'].map((libc) => `@oven/bun-${platform}-${bunArch}${libc}/bin/bun`))
}

export function denoProgram(): string {
  return program(['', '-glibc'].map((libc) => `@deno/${platform}-${arch}${libc}/deno`))
}
