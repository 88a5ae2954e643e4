// A process that is killed while it erases somebody, before and during each of its calls to the store and the trail: the
// next run forgets what is left.

import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { eraseSubject } from '../../src/maintenance.ts'
import { makeFolder } from '../store/sqlite-folder.ts'
import { openNode, type JournalName } from './erase-node.ts'

const script = join(import.meta.dirname, 'erase-node.ts')

/** Whether the process has died there, as it was told to. */
function diesIn(folder: string, name: JournalName, point: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, folder, name, point], (error, stdout, stderr) => {
      if (error?.signal === 'SIGKILL') resolve(true)
      else if (stdout === 'lived') resolve(false)
      else reject(new Error(`Neither died nor lived: ${stderr}`))
    })
  })
}

/** Kills a process at that point and does the work again; whether it was killed: beyond the last call it lives. */
async function story(name: JournalName, point: string): Promise<boolean> {
  const { folder, remove } = makeFolder()
  const before = openNode(folder, name)
  const ids: string[] = []
  for (const subject of ['alice', 'bob', 'alice'])
    ids.push(
      (await before.sojourn.create({ subject, device: { label: `The laptop of ${subject}` } })).session.id,
    )
  const [first = '', bobs = '', second = ''] = ids
  await before.close()

  const isDead = await diesIn(folder, name, point)

  const next = openNode(folder, name)
  await eraseSubject(next, 'alice', { by: 'the privacy officer' })
  expect(await next.trail.verify()).toMatchObject({ ok: true, faults: [] })
  expect((await next.sojourn.list('bob')).map(({ id }) => id)).toEqual([bobs])
  const again = await eraseSubject(next, 'alice', { by: 'the privacy officer' })
  expect(again).toEqual({ sessions: 0, providerLinks: 0, formerIds: 0, auditLines: 0 })
  await next.close()
  const bytesOf = (isOurs: (file: string) => boolean): string =>
    readdirSync(folder)
      .filter(isOurs)
      .map((file) => readFileSync(join(folder, file), 'latin1'))
      .join('\n')
  // Nor beside a file that was to take the place of another one.
  expect([point, bytesOf(() => true).includes('alice')]).toEqual([point, false])
  // The store keeps the notice that they have ended, which is what makes it hold on every node.
  const trail = bytesOf((file) => file.startsWith('audit'))
  expect(trail).toContain(bobs)
  for (const id of [first, second]) expect([point, trail.includes(id)]).toEqual([point, false])
  remove()
  return isDead
}

describe('a process that is killed while it erases somebody', { timeout: 180_000 }, () => {
  it.each(['file', 'sqlite'] as const)('has the rest done by the next run: %s', async (name) => {
    let call = 0
    let deaths: readonly boolean[]
    do {
      call += 1
      deaths = await Promise.all([story(name, `${call}-`), story(name, `${call}~`)])
    } while (deaths.every(Boolean))
    expect(deaths).toEqual([false, false])
    expect(call).toBeGreaterThan(8)
  })
})
