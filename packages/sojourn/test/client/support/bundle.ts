// An entry of the library, bundled and minified as an application would ship it.

import { fileURLToPath } from 'node:url'
import { build, type Rolldown } from 'vite'

/** The text of one module with all that it needs, except what is named. */
export async function bundled(entry: string, external: readonly string[] = []): Promise<string> {
  const path = fileURLToPath(new URL(`../../../src/${entry}`, import.meta.url))
  const result = await build({
    configFile: false,
    logLevel: 'silent',
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
