// The feed between processes that share a SQLite file: what one ends, all refuse, also when it is killed right after.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Notice } from '../../src/index.ts'
import { sqliteStore } from '../../src/sqlite.ts'
import { nodeOn, refusalOf, type Node } from './nodes.ts'
import { makeFolder } from './sqlite-folder.ts'
import type { Answer, Order } from './sqlite-node.ts'

interface Process {
  /** Resolves to the answer; rejects if the process has ended. */
  ask(order: Order): Promise<Answer>
  kill(): Promise<void>
  freeze(): void
  thaw(): void
}

const soon = { timeout: 60_000 }

describe('feed in SQLite, several processes', { timeout: 120_000 }, () => {
  let folder: ReturnType<typeof makeFolder>
  let file: string
  const children = new Set<ChildProcess>()
  beforeEach(() => {
    folder = makeFolder()
    file = join(folder.folder, 'sessions.db')
  })
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL')
    children.clear()
    folder.remove()
  })

  function startProcess(policy: 'strict' | 'open' = 'strict'): Process {
    const script = join(import.meta.dirname, 'sqlite-node.ts')
    const child = spawn(process.execPath, [script, file, policy], { stdio: ['pipe', 'pipe', 'inherit'] })
    children.add(child)
    const ended = once(child, 'close')
    const asked: ((answer: Answer) => void)[] = []
    createInterface({ input: child.stdout }).on('line', (line) => asked.shift()?.(JSON.parse(line) as Answer))
    return {
      ask: (order) => {
        const answer = new Promise<Answer>((resolve) => asked.push(resolve))
        child.stdin.write(`${JSON.stringify(order)}\n`)
        const gone = ended.then((): never => {
          throw new Error('The process has ended')
        })
        return Promise.race([answer, gone])
      },
      kill: async () => {
        child.kill('SIGKILL')
        await ended
      },
      freeze: () => void child.kill('SIGSTOP'),
      thaw: () => void child.kill('SIGCONT'),
    }
  }

  /** In this process. */
  function node(settings: Parameters<typeof nodeOn>[2] = {}): Node {
    const store = sqliteStore(file)
    return nodeOn(store, () => store.close(), settings)
  }

  async function signedIn(
    one: Process,
  ): Promise<Required<Pick<Answer, 'id' | 'accessToken' | 'sessionToken'>>> {
    const { id, accessToken, sessionToken } = await one.ask({ order: 'create', subject: 'alice' })
    return { id: id!, accessToken: accessToken!, sessionToken: sessionToken! }
  }

  it('R15 P19 P21 P44 a logout in one process is refused in the other, by the feed alone and within milliseconds', async () => {
    const [one, other] = [startProcess(), startProcess('open')]
    const times: number[] = []
    for (let round = 0; round < 50; round++) {
      const { id, accessToken } = await signedIn(one)
      const verify: Order = { order: 'verify', accessToken }
      expect(await other.ask(verify)).toEqual({ id })
      expect(await one.ask({ order: 'revoke', id })).toEqual({ revoked: true })
      const answered = performance.now()
      await expect
        .poll(() => other.ask(verify), { interval: 1, ...soon })
        .toEqual({ refused: 'token_rejected' })
      times.push(performance.now() - answered)
    }
    times.sort((a, b) => a - b)
    console.log(
      `answered logout to refusal in another process: p50 ${times[25]!.toFixed(1)} ms, max ${times.at(-1)!.toFixed(1)} ms`,
    )
  })

  it('P20 A114 what a process has answered holds in the others although it was killed right after', async () => {
    const other = startProcess('open')
    for (let round = 0; round < 3; round++) {
      const one = startProcess()
      const { id, accessToken, sessionToken } = await signedIn(one)
      const kept = await signedIn(one)
      expect(await one.ask({ order: 'revoke', id })).toEqual({ revoked: true })
      await one.kill()
      await expect
        .poll(() => other.ask({ order: 'verify', accessToken }), soon)
        .toEqual({ refused: 'token_rejected' })
      expect(await other.ask({ order: 'refresh', sessionToken })).toEqual({ refused: 'session_unknown' })
      expect(await other.ask({ order: 'verify', accessToken: kept.accessToken })).toEqual({ id: kept.id })
      expect(await other.ask({ order: 'refresh', sessionToken: kept.sessionToken })).toEqual({ id: kept.id })
    }
  })

  it('P21 a process that was stopped for a while, or starts late, refuses what was ended meanwhile', async () => {
    const [one, stopped] = [startProcess(), startProcess('open')]
    const { id, accessToken } = await signedIn(one)
    const verify: Order = { order: 'verify', accessToken }
    expect(await stopped.ask(verify)).toEqual({ id })
    stopped.freeze()
    expect(await one.ask({ order: 'revoke', id })).toEqual({ revoked: true })
    // More than is read at once.
    const filler = node()
    const notices = Array.from({ length: 3000 }, (_, at): Notice => ({ kind: 'keys', at }))
    for (const notice of notices) await filler.sojourn.settings.feed.announce([notice])
    await filler.close()
    stopped.thaw()
    await expect.poll(() => stopped.ask(verify), soon).toEqual({ refused: 'token_rejected' })
    await expect.poll(() => startProcess('open').ask(verify), soon).toEqual({ refused: 'token_rejected' })
  })

  it('P21 R15 a change of claims reaches the other', async () => {
    const other = startProcess('open')
    const one = node()
    const { session, accessToken } = await one.sojourn.create({ subject: 'alice', claims: { role: 'owner' } })
    const verify: Order = { order: 'verify', accessToken }
    expect(await other.ask(verify)).toEqual({ id: session.id })
    await one.sojourn.update(session.id, (claims) => ({ ...claims, role: 'none' }))
    await expect.poll(() => other.ask(verify), soon).toEqual({ refused: 'token_rejected' })
    await one.close()
  })

  it('is trimmed by age, and keeps what somebody may need', async () => {
    const store = sqliteStore(file)
    await store.announce([{ kind: 'keys', at: 1 }])
    const database = new DatabaseSync(file)
    const [count, add] = [
      database.prepare('select count(*) as count from announcement'),
      database.prepare('insert into announcement (at, notices) values (?, ?)'),
    ]
    const now = Date.now()
    for (let number = 0; number < 500; number++) add.run(now - 26 * 3_600_000, '[]')
    for (let number = 0; number < 5; number++) add.run(now - 3_600_000, '[]')
    // Now and then an announcement takes what is old along.
    for (let number = 0; number < 100; number++) await store.announce([{ kind: 'keys', at: now }])
    expect(count.get()?.['count']).toBe(5 + 101)
    database.close()
    await store.close()
  })

  it('tells how far it has read: all of it, unless the file cannot be read', async () => {
    const store = sqliteStore(file)
    const subscription = store.follow(() => {}, Date.now())
    const lag = (): number => -subscription.upToDateAt(0)
    await expect.poll(lag, soon).toBeLessThan(100)
    // Somebody damages the file.
    const database = new DatabaseSync(file)
    database.exec('drop table announcement')
    const before = lag()
    await sleep(300)
    expect(lag()).toBeGreaterThan(before + 200)
    database.close()
    subscription.close()
    await store.close()
  })

  it.each(['strict', 'closed', 'open'] as const)(
    'P20 P36 R207 cut off from the feed a node does as it was told: %s',
    async (onInterruptedFeed) => {
      const one = startProcess()
      const [ended, kept] = [await signedIn(one), await signedIn(one)]
      const cut = sqliteStore(file)
      const store = sqliteStore(file)
      const other = nodeOn(store, () => store.close(), { feed: cut, onInterruptedFeed, feedPatience: '1s' })
      for (const { accessToken } of [ended, kept]) expect(await refusalOf(other, accessToken)).toBeUndefined()
      await cut.close()
      await one.ask({ order: 'revoke', id: ended.id })
      await sleep(1200)
      const refusals = {
        strict: ['token_rejected', undefined],
        closed: ['verification_unavailable', 'verification_unavailable'],
        open: [undefined, undefined],
      }
      expect([await refusalOf(other, ended.accessToken), await refusalOf(other, kept.accessToken)]).toEqual(
        refusals[onInterruptedFeed],
      )
      await other.close()
    },
  )
})
