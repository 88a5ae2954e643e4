// Sessions in a SQLite file, written by the store itself. Its size counts once it is closed: then all is in the one file.

import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { sqliteStore } from 'sojourn/sqlite'

import type { SessionMaker } from './sessions.ts'
import { Samples, type Place } from './target.ts'

export function sqlitePlace(maker: SessionMaker): Place {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-bytes-'))
  const file = join(folder, 'sessions.db')
  const store = sqliteStore(file)
  const sojourn = maker.engineOn(store)
  const samples = new Samples()
  const target: Place['targets'][number] = {
    store: 'Sojourn',
    async write(batch) {
      for (const { entry } of batch) if (!(await store.insert(entry))) throw new Error('An id was taken')
      samples.note(batch)
    },
    check: () => samples.check((id) => sojourn.find(id)),
    async size() {
      sojourn.close()
      await store.close()
      return { bytes: statSync(file).size }
    },
    async close() {
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return { measure: 'the file', targets: [target] }
}
