import { Miniflare } from 'miniflare'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { build } from 'vite'
import { start, type Started } from '../../examples/walk.ts'
import { adapterSuite } from 'sojourn/testing'
import { bunProgram, denoProgram } from '../runtimes/programs.ts'
import { servedAt } from '../runtimes/stage.ts'

const at = (file: string): string => join(import.meta.dirname, '..', 'runtimes', file)

function suiteOn(name: string, begin: () => Promise<Started>): void {
  describe(name, () => {
    let started: Started
    beforeAll(async () => {
      started = await begin()
    })
    afterAll(() => started?.stop())
    adapterSuite(
      name,
      servedAt(() => started.url),
      { describe, it },
    )
  })
}

suiteOn('fetch on Bun', () => start(bunProgram(), ['run', at('bun.ts')]))
suiteOn('Elysia on Bun', () => start(bunProgram(), ['run', at('elysia.ts')]))
suiteOn('fetch on Deno', () =>
  start(denoProgram(), [
    'run',
    '--no-config',
    '--no-lock',
    '--no-check',
    '--allow-net',
    '--allow-env',
    at('deno.ts'),
  ]),
)
suiteOn('P55 fetch on workerd', async () => {
  const outDir = mkdtempSync(join(tmpdir(), 'sojourn-worker-'))
  await build({
    configFile: false,
    logLevel: 'error',
    build: { outDir, ssr: at('worker.ts'), rollupOptions: { output: { entryFileNames: 'worker.mjs' } } },
    ssr: { target: 'webworker', noExternal: true },
  })
  const worker = new Miniflare({
    modules: [
      { type: 'ESModule', path: 'worker.mjs', contents: readFileSync(join(outDir, 'worker.mjs'), 'utf8') },
    ],
    host: '127.0.0.1',
    compatibilityDate: '2026-06-01',
    compatibilityFlags: ['nodejs_compat'],
  })
  const url = (await worker.ready).origin
  return {
    url,
    stop: async () => {
      await worker.dispose()
      rmSync(outDir, { recursive: true })
    },
  }
})
