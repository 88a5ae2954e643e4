// What every store must do, as tests. Whoever writes a store runs them against the real server:
//
//   await storeSuite('my store', openMyStore, { describe, it })
//
// They need nothing of the test runner but `describe` and `it`. What only some stores can do (sweep, scan, stats,
// close) is tested of those that can; for that the suite opens the store once before it begins, hence the `await`.

import { isBrowsable, isClosable, isMeasurable, isSweepable, type Store } from '../core/store.ts'
import { browsing, browsingInOrder } from './store-suite/browsing.ts'
import { closing } from './store-suite/closing.ts'
import { contract } from './store-suite/contract.ts'
import { measuring } from './store-suite/measuring.ts'
import { names } from './store-suite/names.ts'
import { races } from './store-suite/races.ts'
import type { Story } from './store-suite/story.ts'
import { sweeping } from './store-suite/sweeping.ts'

/** A store with nothing in it, and the way to be rid of it, whether or not it has been closed meanwhile. */
export interface OpenedStore {
  readonly store: Store
  close(): Promise<void>
}

/** The part of a test runner that the suite needs: that of Vitest, Jest, node:test and others. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: (name: string, body: () => Promise<void>) => unknown
}

/** Registers the tests of a store. `open` is called for each of them, and once before; wait for it in the test file. */
export async function storeSuite(
  name: string,
  open: () => Promise<OpenedStore>,
  { describe, it }: TestRunner,
): Promise<void> {
  const sample = await open()
  await sample.close()

  function part<S extends Store>(title: string, stories: readonly Story<S>[], isTold = true): void {
    if (!isTold) return
    describe(`${name}: ${title}`, () => {
      for (const { title, tell } of stories) {
        it(title, async () => {
          const opened = await open()
          try {
            await tell(opened.store as S)
          } finally {
            await opened.close()
          }
        })
      }
    })
  }

  part('contract', contract)
  part('races', races)
  part('names', names)
  part('sweeping', sweeping, isSweepable(sample.store))
  part('browsing', browsing, isBrowsable(sample.store))
  part('browsing in order', browsingInOrder, isBrowsable(sample.store) && isSweepable(sample.store))
  part('measuring', measuring, isMeasurable(sample.store))
  part('closing', closing, isClosable(sample.store))
}
