// What `import … from 'sojourn/testing'` gives: time and chance that a test decides, and the suite that every store passes.

export { manualClock, type ManualClock } from './testing/clock.ts'
export { seededRandom } from './testing/random.ts'
export { storeSuite, type OpenedStore, type TestRunner } from './testing/store-suite.ts'
