import { existsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
      'chaos/test/**/*.test.ts',
      'bench/test/**/*.test.ts',
      'test/**/*.test.ts',
      // Installed by npm test alone, which says so where they are not.
      ...(existsSync('frameworks/node_modules/.package-lock.json') ? ['frameworks/**/*.test.ts'] : []),
    ],
    // Two workers, so that the suite and the servers it starts fit a machine with two cores.
    maxWorkers: 2,
    // Most take milliseconds; on a machine that is busy with other things, seconds.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default', 'json', './tools/unhandled.ts'],
    outputFile: { json: '.reports/vitest.json' },
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reportsDirectory: 'coverage',
    },
  },
})
