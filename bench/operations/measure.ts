// Doing one operation for a while, many at a time, and reading how long that kept cores busy.

import { randomBytes } from 'node:crypto'

import { createSojourn, type Sojourn } from 'sojourn'

import { factsOf } from '../compare/bytes/facts.ts'
import type { Server } from '../servers.ts'
import type { Opened } from './stores.ts'

export interface Figure {
  readonly store: string
  readonly operation: string
  readonly done: number
  readonly perCoreOfNode: number
  readonly perCoreOfServer?: number
}

/** Does the operation once more, for one of those who do it at a time. */
type Operation = (lane: number) => Promise<unknown>

const lanes = 64

export async function measureOperations(opened: Opened, seconds: number): Promise<Figure[]> {
  const { name, store, server, close } = opened
  const secrets = [randomBytes(32).toString('base64url')]
  const sojourn = createSojourn({ issuer: 'https://app.example', environment: 'bench', secrets, store })
  try {
    const figures: Figure[] = []
    for (const [operation, once] of Object.entries(await operationsOf(sojourn))) {
      figures.push({ store: name, operation, ...(await measured(once, seconds, server)) })
    }
    return figures
  } finally {
    sojourn.close()
    await close()
  }
}

async function operationsOf(sojourn: Sojourn): Promise<Readonly<Record<string, Operation>>> {
  const ids: string[] = []
  let number = 0
  const create = async () => {
    const { subject, claims, data, device } = factsOf(number++, 1, Date.now())
    const issued = await sojourn.create({ subject, claims, data, device })
    ids.push(issued.session.id)
    return issued
  }
  // Each lane has a client of its own that keeps what it is given.
  const clients = await Promise.all(Array.from({ length: lanes }, create))
  let at = 0
  return {
    create,
    find: () => sojourn.find(ids[at++ % ids.length]!),
    refresh: async (lane) => {
      clients[lane] = await sojourn.refresh(clients[lane]!.sessionToken)
    },
    // Announces on the feed as well.
    revoke: async () => {
      const id = ids.length > lanes ? ids.pop()! : (await create()).session.id
      await sojourn.revoke(id)
    },
    'verify, without the store': (lane) => sojourn.verify(clients[lane]!.accessToken),
  }
}

async function measured(
  once: Operation,
  seconds: number,
  server: Server | undefined,
): Promise<Omit<Figure, 'store' | 'operation'>> {
  const serverBefore = await server?.busy()
  const before = process.cpuUsage()
  const until = performance.now() + seconds * 1000
  let done = 0
  const lane = async (number: number): Promise<void> => {
    while (performance.now() < until) {
      await once(number)
      done++
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)))
  const { user, system } = process.cpuUsage(before)
  const perCoreOfNode = (done / (user + system)) * 1e6
  if (server === undefined || serverBefore === undefined) return { done, perCoreOfNode }
  const busy = (await server.busy()) - serverBefore
  // Linux counts in steps: below some of them there is nothing to say.
  return busy < 0.05 ? { done, perCoreOfNode } : { done, perCoreOfNode, perCoreOfServer: done / busy }
}
