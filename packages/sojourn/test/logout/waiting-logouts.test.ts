// What still has to be told when a process ends is told by another, or by the next: each at least once, and by one at a time.
// The clocks of senders are set by the test, hours ahead where it takes hours; nothing waits for them.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { webhookSink } from '../../src/audit.ts'
import { createSojourn, type Entry, type Sojourn, type SojournEvent, type Store } from '../../src/index.ts'
import {
  eventSender,
  logoutSender,
  type DeliveryFailure,
  type LogoutSenderOptions,
  type Sender,
} from '../../src/logout.ts'
import { memoryStore } from '../../src/memory.ts'
import { sqliteStore } from '../../src/sqlite.ts'
import { opened } from '../support/forge.ts'
import { postOffice, until, type PostOffice } from '../support/post-office.ts'
import { issuer, secret } from '../support/secrets.ts'

const hour = 3_600_000
const began = Date.now()

let first: PostOffice
let second: PostOffice
const cleanup: (() => Promise<unknown> | void)[] = []

beforeEach(async () => {
  ;[first, second] = await Promise.all([postOffice(), postOffice()])
})
afterEach(async () => {
  for (const work of cleanup.splice(0).toReversed()) await work()
  await Promise.all([first.close(), second.close()])
})

interface Node {
  readonly sojourn: Sojourn
  readonly sender: Sender
  readonly failures: DeliveryFailure[]
}

/** A Sojourn that tells by this sender what it ends. */
function telling(sender: Sender, store: Store): Sojourn {
  const sojourn = createSojourn({
    issuer,
    environment: 'test',
    secrets: [secret()],
    store,
    algorithm: 'ES256',
    listeners: [sender.listener],
  })
  sender.start(sojourn)
  return sojourn
}

/** A process, as far as the store can tell; its sender's clock stands still, that many hours from now. */
function node(store: Store, hours: number, options: Partial<LogoutSenderOptions> = {}): Node {
  const failures: DeliveryFailure[] = []
  const sender = logoutSender({
    relyingParties: [{ clientId: 'shop', url: first.url }],
    retryAfter: ['1h', '1h'],
    timeout: '10m',
    clock: () => began + hours * hour,
    onFailure: (failure) => failures.push(failure),
    ...options,
  })
  const sojourn = telling(sender, store)
  cleanup.push(() => sender.close())
  return { sojourn, sender, failures }
}

async function signedOut({ sojourn }: Node, subject = 'alice'): Promise<string> {
  const { session } = await sojourn.create({ subject })
  await sojourn.revoke(session.id)
  return session.id
}

const refusing = (response: ServerResponse): void => void response.writeHead(500).end()
const taking = (response: ServerResponse): void => void response.writeHead(200).end()
const toldAt = ({ posted }: PostOffice): string[] =>
  posted.map(
    ({ body }) => opened(new URLSearchParams(body).get('logout_token') ?? '').payload['sid'] as string,
  )

/** The same store, whose entries of outboxes are shown, and may be refused. */
function watched(store: Store): {
  readonly store: Store
  readonly kept: Map<string, Entry>
  isDown: boolean
} {
  const kept = new Map<string, Entry>()
  const isOurs = ({ state }: Entry): boolean => state.startsWith('{"t":"outbox"')
  const self = {
    kept,
    isDown: false,
    store: {
      find: (id) => store.find(id),
      removeAll: (owner, except) => store.removeAll(owner, except),
      list: (owner) => store.list(owner),
      insert: async (entry) => {
        if (!isOurs(entry)) return store.insert(entry)
        if (self.isDown) throw new Error('gone')
        kept.set(entry.id, entry)
        return store.insert(entry)
      },
      replace: async (entry) => {
        const isKept = await store.replace(entry)
        if (isKept && isOurs(entry)) kept.set(entry.id, entry)
        return isKept
      },
      remove: (id) => {
        kept.delete(id)
        return store.remove(id)
      },
    } satisfies Store,
  }
  return self
}

describe('R169 logouts that wait', () => {
  it('are told by the next process where one was killed in the middle of it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sojourn-'))
    const file = join(folder, 'sessions.db')
    // One of the two hangs, the other one fails.
    first.answer(() => {})
    second.answer(refusing)
    const script = fileURLToPath(new URL('sending-process.ts', import.meta.url))
    const child = spawn(process.execPath, [script, file, first.url, second.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    cleanup.push(() => void child.kill('SIGKILL'))
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
    await until(
      () => first.posted.length === 3 && second.posted.length === 3 && said.split('\n').length === 4,
    )
    child.kill('SIGKILL')
    await once(child, 'exit')
    const ids = said.trim().split('\n').toSorted()
    for (const office of [first, second]) office.answer(taking)
    const store = sqliteStore(file)
    const { sender, sojourn } = node(store, 3, {
      relyingParties: [first, second].map(({ url }, index) => ({ clientId: `app ${index}`, url })),
    })
    await until(() => first.posted.length === 6 && second.posted.length === 6 && sender.waiting === 0)
    for (const office of [first, second]) expect(toldAt(office).slice(3).toSorted()).toEqual(ids)
    // Nothing is left for the one after.
    await sender.close()
    const last = node(store, 6, {
      relyingParties: [first, second].map(({ url }, index) => ({ clientId: `app ${index}`, url })),
    })
    expect(await last.sender.close()).toBe(0)
    expect(first.posted.length + second.posted.length).toBe(12)
    sojourn.close()
    last.sojourn.close()
    await store.close()
    rmSync(folder, { recursive: true })
  })

  it('are sent once each, by three nodes that find forty of them at the same moment', async () => {
    const { store, kept } = watched(memoryStore())
    first.answer(refusing)
    const before = node(store, 0)
    const ids = new Set<string>()
    for (let count = 0; count < 40; count++) ids.add(await signedOut(before))
    await until(() => before.failures.length === 40)
    expect(await before.sender.close()).toBe(40)
    expect(kept.size).toBe(40)
    const posted = first.posted.length
    first.answer(taking)
    const nodes = [node(store, 2), node(store, 2), node(store, 2)]
    await until(() => kept.size === 0 && nodes.every(({ sender }) => sender.waiting === 0))
    const told = toldAt(first).slice(posted)
    expect([told.length, new Set(told)]).toEqual([40, ids])
  })

  it('go on being counted: what three processes have tried in vain is given up', async () => {
    const { store, kept } = watched(memoryStore())
    first.answer(refusing)
    const one = node(store, 0)
    const sessionId = await signedOut(one)
    await until(() => one.failures.length === 1)
    expect(await one.sender.close()).toBe(1)
    const two = node(store, 2)
    await until(() => two.failures.length === 1)
    expect(await two.sender.close()).toBe(1)
    const three = node(store, 4)
    await until(() => three.failures.length === 1)
    expect(await three.sender.close()).toBe(0)
    expect([...one.failures, ...two.failures, ...three.failures].map(({ isGivenUp }) => isGivenUp)).toEqual([
      false,
      false,
      true,
    ])
    expect(three.failures).toMatchObject([{ to: 'shop', sessionId, reason: 'HTTP 500' }])
    expect(kept.size).toBe(0)
  })

  it('are left alone while another node is at them, and not sent by one that was overtaken', async () => {
    const { store, kept } = watched(memoryStore())
    const open: ServerResponse[] = []
    first.answer((response) => void open.push(response))
    const slow = node(store, 0, { retryAfter: ['1ms', '1ms'] })
    await signedOut(slow)
    await until(() => open.length === 1)
    const prompt = node(store, 0)
    expect(await prompt.sender.close()).toBe(0)
    first.answer(taking)
    // An hour later it has had its time.
    const other = node(store, 1)
    await until(() => kept.size === 0 && other.sender.waiting === 0)
    expect(first.posted).toHaveLength(2)
    open[0]!.writeHead(500).end()
    await until(() => slow.sender.waiting === 0)
    expect([await slow.sender.close(), first.posted.length, slow.failures.length]).toEqual([0, 2, 1])
  })

  it('are told from memory while the store keeps nothing, and whoever listens hears of that', async () => {
    const shop = watched(memoryStore())
    shop.isDown = true
    const { sender, failures, ...rest } = node(shop.store, 0)
    const sessionId = await signedOut({ sender, failures, ...rest })
    await until(() => sender.waiting === 0)
    expect(toldAt(first)).toEqual([sessionId])
    expect(failures.map(({ reason, isGivenUp }) => [reason, isGivenUp])).toEqual([
      ['the store cannot keep it, so it waits in memory', false],
    ])
  })

  it('are kept with what is told and nothing else', async () => {
    const { store, kept } = watched(memoryStore())
    first.answer(refusing)
    const { sojourn, sender, failures } = node(store, 0)
    const device = { ip: '192.0.2.7', userAgent: 'Robot/1' }
    const { session } = await sojourn.create({ subject: 'alice', device })
    await sojourn.revoke(session.id)
    await until(() => failures.length === 1)
    await sender.close()
    const [entry] = [...kept.values()] as [Entry]
    expect(JSON.parse(entry.state)).toEqual({
      t: 'outbox',
      message: {
        id: expect.stringMatching(/^[\w-]{24}$/),
        event: { sessionId: session.id, subject: 'alice', reason: 'revoked', at: expect.any(Number) },
      },
      attempts: 1,
      dueAt: expect.any(Number),
    })
  })

  it('R170 are the same event for a receiver of events, before and after', async () => {
    const store = memoryStore()
    second.answer((response, count) => void response.writeHead(count === 1 ? 500 : 202).end())
    for (const hours of [0, 2]) {
      const failed = { count: 0 }
      const events = eventSender({
        receivers: [{ audience: 'monitor', url: second.url }],
        retryAfter: ['1h'],
        clock: () => began + hours * hour,
        onFailure: () => void (failed.count += 1),
      })
      const sojourn = telling(events, store)
      if (hours === 0) {
        const { session } = await sojourn.create({ subject: 'alice' })
        await sojourn.revoke(session.id)
        await until(() => failed.count === 1)
      }
      await until(() => second.posted.length === 1 + hours / 2)
      await events.close()
    }
    const [before, after] = second.posted.map(({ body }) => opened(body).payload)
    expect(after).toEqual(before)
  })
})

describe('webhooks that wait in a store', () => {
  const key = (byte: number): string =>
    `whsec_${Buffer.from(Array.from({ length: 32 }, (_, index) => (index * 7 + byte) % 256)).toString('base64')}`
  const event: SojournEvent = { type: 'csrf.rejected', level: 'warning', at: 0, reason: 'token' }

  it('are sent by the next process under the same id, if it has the same secret', async () => {
    const store = memoryStore()
    first.answer(refusing)
    let failed = 0
    const sink = (hours: number, byte = 1) =>
      webhookSink({
        url: first.url,
        secret: key(byte),
        store,
        retryAfter: ['1h'],
        clock: () => began + hours * hour,
        onFailure: () => void (failed += 1),
      })
    const one = sink(0)
    one.listener(event)
    await until(() => failed === 1)
    expect(await one.close()).toBe(1)
    first.answer(taking)
    expect(await sink(2, 2).close()).toBe(0)
    expect(first.posted).toHaveLength(1)
    const next = sink(2)
    await until(() => first.posted.length === 2)
    expect(await next.close()).toBe(0)
    const [before, after] = first.posted
    expect(after!.headers['webhook-id']).toBe(before!.headers['webhook-id'])
    expect(after!.body).toBe(before!.body)
  })
})
