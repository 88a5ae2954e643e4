// An entry of the library, bundled and minified as an application would ship it.

import { fileURLToPath } from 'node:url'
import { build, type Plugin, type Rolldown } from 'vite'

const source = (path: string): string => fileURLToPath(new URL(`../../../src/${path}`, import.meta.url))

/** The text of one module with all that it needs, except what is named. */
export function bundled(entry: string, external: readonly string[] = []): Promise<string> {
  return bundle(source(entry), external)
}

/** What of the library an application ships that consists of this line, as if it stood beside the entries. */
export function bundledText(text: string, external: readonly string[]): Promise<string> {
  const name = 'application.ts'
  const application = {
    name,
    resolveId: (id: string) => (id.endsWith(name) ? id : undefined),
    load: (id: string) => (id.endsWith(name) ? text : undefined),
  }
  return bundle(source(name), external, [application])
}

async function bundle(
  path: string,
  external: readonly string[],
  plugins: readonly Plugin[] = [],
): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [...plugins],
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      minify: true,
      target: 'es2023',
      lib: { entry: path, formats: ['es'], fileName: 'bundle' },
      // As a library Vite would leave the white space in.
      rolldownOptions: { external: [...external], output: { minify: true } },
    },
  })
  const [output] = [result].flat() as Rolldown.RolldownOutput[]
  const [chunk, ...others] = output!.output
  if (others.length > 0) throw new Error('The bundle has more than one part')
  return chunk.code
}
