// What `import … from 'sojourn/testing'` gives: time and chance that a test decides, and the suites
// that every store and every adapter passes.

export { manualClock, type ManualClock } from './testing/clock.ts'
export { seededRandom } from './testing/random.ts'
export { journalSuite, type OpenedJournal } from './testing/journal-suite.ts'
export { storeSuite, type OpenedStore, type TestRunner } from './testing/store-suite.ts'
export {
  adapterSuite,
  type Application,
  type Route,
  type RouteAnswer,
  type RouteCall,
  type Served,
  type Traits,
} from './testing/adapter-suite.ts'
export { testClient, type Ask, type TestClient, type TestClientOptions, type Told } from './testing/jar.ts'
