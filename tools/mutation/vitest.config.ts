import { join } from 'node:path'
import { defineConfig, mergeConfig } from 'vitest/config'
import workspace from '../../vitest.config.ts'

const root = join(import.meta.dirname, '../..')
const source = join(root, 'packages/sojourn/src')

// The mutants live in a copy of the workspace, whose node_modules still links to the original: `sojourn/…` has to mean
// the sources of the copy. Tests of other packages and of the tools tell nothing about the library's rules. Those that
// explore for a minute, or start databases, would be run anew for every mutant: the rules have faster tests, and these
// have to suffice.
export default mergeConfig(
  workspace,
  defineConfig({
    root,
    resolve: {
      alias: [
        { find: /^sojourn$/, replacement: join(source, 'index.ts') },
        { find: /^sojourn\/(.+)$/, replacement: join(source, '$1.ts') },
      ],
    },
    test: {
      reporters: ['default'],
      // Mutants are slower than what they are made from, and the machine may be busy.
      testTimeout: 60_000,
      exclude: [
        '**/node_modules/**',
        'test/**',
        'examples/**',
        'chaos/**',
        'packages/server/**',
        '**/test/core/model*.test.ts',
        '**/test/store/{postgres,redis}*.test.ts',
        '**/test/store/sqlite-{file,processes}.test.ts',
        '**/test/adapter/**',
      ],
    },
  }),
)
