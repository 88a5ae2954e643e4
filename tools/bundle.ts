// What is published of the library: each entry as one module, and what several have in common as some more. Node takes
// longer to find and link ninety small files than to run them, so whoever imports `sojourn` starts in half the time.
//
// Made from the sources, whose names stay: a debugger shows src/ by the map.

import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

import { build } from 'vite'

interface Manifest {
  readonly publishConfig: { readonly exports: Readonly<Record<string, { readonly default?: string }>> }
}

const library = join(import.meta.dirname, '../packages/sojourn')

/** Writes the modules of all entries into a folder, which keeps what else is there. */
export async function bundleLibrary(outDir: string): Promise<void> {
  const manifest = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8')) as Manifest
  const entries = Object.values(manifest.publishConfig.exports)
    .map((entry) => entry.default ?? '')
    .filter((file) => file.endsWith('.js'))
    .map((file) => basename(file, '.js'))
  await build({
    configFile: false,
    root: library,
    logLevel: 'warn',
    // Frameworks, and what a runtime brings, are there where it runs.
    ssr: { external: true },
    build: {
      ssr: true,
      target: 'es2023',
      minify: false,
      sourcemap: true,
      outDir,
      emptyOutDir: false,
      rolldownOptions: {
        input: Object.fromEntries(entries.map((name) => [name, join(library, 'src', `${name}.ts`)])),
        output: { entryFileNames: '[name].js', chunkFileNames: 'shared/[name]-[hash].js' },
      },
    },
  })
}
