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
    globalSetup: ['tools/test-setup.ts'],
    // Two workers, so that the suite and the servers it starts fit a machine with two cores.
    maxWorkers: 2,
    // A test that hangs ends here. Most take milliseconds; where many other things go on beside them, a minute.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // What is waited for by looking again and again; it is seen at once when it is there.
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default', 'json', './tools/unhandled.ts'],
    outputFile: { json: '.reports/vitest.json' },
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reportsDirectory: 'coverage',
    },
  },
})
