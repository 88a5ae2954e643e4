// The SQLite store passes the suite. What is its own is told in sqlite-file.test.ts and sqlite-processes.test.ts.

import { describe, it } from 'vitest'

import { storeSuite } from '../../src/testing.ts'
import { openSqlite } from './sqlite-folder.ts'

await storeSuite('R208 SQLite store', async () => openSqlite(), { describe, it })
