// A process of its own that sweeps a SQLite file: `node sqlite-sweeper.ts <file>`. It says how many entries it removed, does
// not close its store, and has nothing else to do: it ends if nothing of the store keeps it alive.

import { sqliteStore } from '../../src/sqlite.ts'

const store = sqliteStore(process.argv[2] ?? '')
let removed = 0
for (let batch = -1; batch !== 0;) {
  batch = await store.sweep(Date.now(), 500)
  removed += batch
}
console.log(JSON.stringify({ removed }))
