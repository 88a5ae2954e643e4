// A full disk is full for SQLite, in both of the ways in which we fill one, and can be written again afterwards.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'

import { program } from '../../tools/services.mjs'
import { limited, mounted, type Disk } from '../stage/disk.ts'

const folder = mkdtempSync(join(tmpdir(), 'sojourn-chaos-disk-'))
const own = mounted(folder)
own?.close()
rmSync(folder, { recursive: true })

function tryOut(make: (folder: string) => Disk): { full: number | undefined; rows: unknown } {
  const parent = mkdtempSync(join(tmpdir(), 'sojourn-chaos-disk-'))
  const disk = make(parent)
  const file = join(disk.folder, 'x.db')
  const database = new DatabaseSync(file)
  try {
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a)')
    const insert = database.prepare('INSERT INTO t VALUES (?)')
    insert.run('before')
    disk.exhaust([process.pid], `${file}-wal`)
    let full: number | undefined
    try {
      for (let row = 0; row < 100; row++) insert.run('x'.repeat(5000))
    } catch (error) {
      full = (error as { errcode?: number }).errcode
    }
    disk.free([process.pid])
    database.exec('DELETE FROM t')
    insert.run('after')
    return { full, rows: database.prepare('SELECT a FROM t').all() }
  } finally {
    disk.free([process.pid])
    database.close()
    disk.close()
    rmSync(parent, { recursive: true, force: true })
  }
}

describe('a full disk', () => {
  it.skipIf(!own)('is one of our own that is filled (SQLITE_FULL)', () => {
    expect(tryOut((parent) => mounted(parent)!)).toEqual({ full: 13, rows: [{ a: 'after' }] })
  })

  it.skipIf(!program('prlimit'))('or files that may not grow (SQLITE_IOERR_WRITE)', () => {
    expect(tryOut(limited)).toEqual({ full: 778, rows: [{ a: 'after' }] })
  })
})
