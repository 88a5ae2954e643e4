// One SQLite file for all nodes, on a disk that is full now and then.

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { openDisk } from './disk.ts'
import { pass } from './fault.ts'
import type { Service } from './service.ts'

export function sqliteService(folder: string): Service {
  const disk = openDisk(folder)
  const file = join(disk.folder, 'sessions.db')
  return {
    isInProcess: false,
    addressFor: () => ({ kind: 'sqlite', file }),
    faults: ({ freeze, kill, processes }) => [
      freeze,
      kill,
      {
        name: 'disk full',
        weight: 2,
        async run(chance) {
          const pids = processes().map(({ pid }) => pid)
          shorten(file)
          disk.exhaust(pids, `${file}-wal`)
          await pass(chance.between(500, 2500))
          disk.free(pids)
          return 'the file'
        },
      },
    ],
    isWhole: async () => {},
    close: async () => disk.close(),
  }
}

/** Empties the log, so that the next write needs room: a long one is written over, on a full disk, too. */
function shorten(file: string): void {
  const database = new DatabaseSync(file, { timeout: 1000 })
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
}
