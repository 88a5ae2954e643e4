// A store of each kind with so many sessions in it.

import { join } from 'node:path'

import { memory, postgres, redis, sqlite, type Opened } from '../../operations/stores.ts'
import { fill, fillPostgres, fillSqlite } from './fill.ts'

/** Opens it; a file goes into the folder. */
export async function filled(variant: string, count: number, folder: string): Promise<Opened> {
  switch (variant) {
    case 'memory': {
      const opened = await memory()
      await fill(opened.store, count)
      return opened
    }
    case 'SQLite': {
      const file = join(folder, `${count}.db`)
      const opened = await sqlite(file)
      fillSqlite(file, count)
      return opened
    }
    case 'Redis': {
      const opened = await redis()
      await fill(opened.store, count)
      return opened
    }
    default: {
      const opened = await postgres()
      await fillPostgres(opened.server!.url, count)
      return opened
    }
  }
}
