// Builds applications as their authors would, in the folder they are in.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const modules = join(import.meta.dirname, 'node_modules')
const run = promisify(execFile)

export async function viteBuild(cwd: string): Promise<void> {
  await run(process.execPath, [join(modules, 'vite/bin/vite.js'), 'build', '--logLevel', 'error'], { cwd })
}

export async function nextBuild(cwd: string): Promise<void> {
  const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' } as const
  await run(process.execPath, [join(modules, 'next/dist/bin/next'), 'build'], { cwd, env })
}

export async function reactRouterBuild(cwd: string): Promise<void> {
  const env = { ...process.env, NODE_ENV: 'production' } as const
  await run(process.execPath, [join(modules, '@react-router/dev/bin.js'), 'build'], { cwd, env })
}
