// A process that is killed while it exchanges a session token, before and after each of its calls to the store.

import { execFile } from 'node:child_process'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { createSojourn, type Sojourn } from '../../src/index.ts'
import { options, verbs, type Verb } from './crash-node.ts'
import { openSqlite } from './sqlite-folder.ts'

const script = join(import.meta.dirname, 'crash-node.ts')

/** Whether the process has died there, as it was told to. */
function diesIn(file: string, verb: Verb, token: string, point: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, file, verb, token, point], (error, stdout, stderr) => {
      if (error?.signal === 'SIGKILL') resolve(true)
      else if (stdout === 'lived') resolve(false)
      else reject(new Error(`Neither died nor lived: ${stderr}`))
    })
  })
}

/** The newest token after the client has tried again, and used what it got. */
async function carryOn(sojourn: Sojourn, sessionToken: string): Promise<string> {
  const again = await sojourn.refresh(sessionToken)
  return (await sojourn.refresh(again.sessionToken)).sessionToken
}

/** Kills a process at that point, and goes on as its client; whether it was killed: beyond the last call it lives. */
async function story(verb: Verb, point: string): Promise<boolean> {
  const { store, file, close } = openSqlite()
  const sojourn = createSojourn({ ...options, store })
  const { session, sessionToken } = await sojourn.create({ subject: 'alice' })
  const isDead = await diesIn(file, verb, sessionToken, point)
  const newest = await carryOn(sojourn, sessionToken)
  const sessions = await sojourn.list('alice')
  expect(sessions.map(({ id }) => id)).toEqual([session.id])
  expect((await sojourn.refresh(newest)).session.id).toBe(session.id)
  // Whoever has the first token only, does not get a chain of their own beside it.
  await expect(sojourn.refresh(sessionToken)).rejects.toMatchObject({ code: 'session_reused' })
  sojourn.close()
  await close()
  return isDead
}

describe('a process that is killed in the middle', () => {
  it.each(verbs)('R217 of %s: the client tries again and goes on, and there is one chain', async (verb) => {
    let call = 0
    let deaths: readonly boolean[]
    do {
      call += 1
      deaths = await Promise.all([story(verb, `${call}-`), story(verb, `${call}+`)])
    } while (deaths.every(Boolean))
    // It was found, it was replaced, and behind that nothing more was asked of the store.
    expect([call, ...deaths]).toEqual([3, false, false])
  })
})
