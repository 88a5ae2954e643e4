// A node that dies while it erases somebody: `node erase-node.ts <folder> <journal> <point>`. It is killed before its n-th
// call to the store or the journal (point `3-`), or while that is under way (`3~`). Where it lives through that, it says so.

import { join } from 'node:path'

import { fileJournal } from '../../src/file.ts'
import { auditTrail, type Journal } from '../../src/audit.ts'
import { createSojourn, type Sojourn } from '../../src/index.ts'
import { eraseSubject } from '../../src/maintenance.ts'
import { sqliteJournal, sqliteStore } from '../../src/sqlite.ts'
import { issuer, secret } from '../support/secrets.ts'

const given = { issuer, environment: 'test', secrets: [secret()] } as const

interface ClosedJournal extends Journal {
  close(): Promise<void> | void
}

const counted = new Set<string | symbol>(
  'insert find replace remove list removeAll scan append read amend trim'.split(' '),
)

const journals: Readonly<Record<'file' | 'sqlite', (folder: string) => ClosedJournal>> = {
  file: (folder: string) => fileJournal(join(folder, 'audit.jsonl'), { rotateBytes: 1500 }),
  sqlite: (folder: string) => sqliteJournal(join(folder, 'audit.db')),
}
export type JournalName = keyof typeof journals

/** Everything on the files of a folder; `through` stands between it and store and journal. */
export function openNode(
  folder: string,
  name: JournalName,
  through = <T extends object>(part: T): T => part,
) {
  const store = sqliteStore(join(folder, 'sessions.db'))
  const journal = journals[name](folder)
  const trail = auditTrail({ ...given, journal: through<Journal>(journal) })
  const sojourn: Sojourn = createSojourn({ ...given, store: through(store), listeners: [trail.listener] })
  const close = async (): Promise<void> => {
    sojourn.close()
    await trail.close()
    await journal.close()
    await store.close()
  }
  return { store, trail, sojourn, close }
}

const [, script, folder = '', name = 'file', point = ''] = process.argv
if (script === import.meta.filename) {
  const node = openNode(folder, name as JournalName, dyingAt(point))
  await eraseSubject(node, 'alice', { by: 'the privacy officer' })
  await node.close()
  process.stdout.write('lived')
}

function dyingAt(wanted: string): <T extends object>(part: T) => T {
  let calls = 0
  const die = (): void => void process.kill(process.pid, 'SIGKILL')
  return (part) =>
    new Proxy(part, {
      get(target, property) {
        const member: unknown = Reflect.get(target, property, target)
        if (typeof member !== 'function') return member
        return (...args: unknown[]): unknown => {
          if (!counted.has(property)) return Reflect.apply(member, target, args)
          calls += 1
          if (wanted === `${calls}-`) die()
          if (wanted === `${calls}~`) setImmediate(die)
          return Reflect.apply(member, target, args)
        }
      },
    })
}
