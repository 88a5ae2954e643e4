// A store of each kind with so many sessions in it.

import { join } from 'node:path'

import { memory, postgres, redis, sqlite, type Opened } from '../../operations/stores.ts'
import { fillMemory, fillPostgres, fillRedis, fillSqlite, requireStrangers, type Strangers } from './fill.ts'

const day = 86_400_000

/** Opens it; a file goes into the folder. */
export async function filled(variant: string, count: number, folder: string): Promise<Opened> {
  const strangers = { count, expiresAt: Date.now() + day }
  const opened = await openedWith(strangers, variant, folder)
  await requireStrangers(opened.store, strangers)
  return opened
}

async function openedWith(strangers: Strangers, variant: string, folder: string): Promise<Opened> {
  switch (variant) {
    case 'memory': {
      const opened = await memory()
      await fillMemory(opened.store, strangers)
      return opened
    }
    case 'SQLite': {
      const file = join(folder, `${strangers.count}.db`)
      const opened = await sqlite(file)
      fillSqlite(file, strangers)
      return opened
    }
    case 'Redis': {
      const opened = await redis()
      await fillRedis(opened.server!.url, strangers)
      return opened
    }
    default: {
      const opened = await postgres()
      await fillPostgres(opened.server!.url, strangers)
      return opened
    }
  }
}
