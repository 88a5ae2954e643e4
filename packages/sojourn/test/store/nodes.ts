// Nodes of an application: each a Sojourn with a store of its own, which reaches what they share.

import { setImmediate, setTimeout as sleep } from 'node:timers/promises'

import { createSojourn, SojournError, type Sojourn, type SojournOptions } from '../../src/index.ts'
import { until } from '../support/redis.ts'
import { issuer, secret } from '../support/secrets.ts'

export type Words = Readonly<Record<string, unknown>>
export type NodeSettings = Partial<SojournOptions<Words, Words>>

export interface Node {
  readonly sojourn: Sojourn<Words, Words>
  close(): Promise<void>
}

/** A Sojourn of this store; closing it calls `release`. */
export function nodeOn(
  store: SojournOptions<Words, Words>['store'],
  release: () => Promise<void>,
  settings: NodeSettings = {},
): Node {
  const sojourn = createSojourn<Words, Words>({
    issuer,
    environment: 'test',
    secrets: [secret()],
    store,
    ...settings,
  })
  return {
    sojourn,
    async close() {
      sojourn.close()
      await release()
    },
  }
}

/** Waits until the others hear the first, tells a story with them, and closes them. */
export async function withNodesOf<Of extends Node>(
  nodes: readonly Of[],
  story: (...nodes: readonly Of[]) => Promise<void>,
): Promise<void> {
  const [first, ...others] = nodes as [Of, ...Of[]]
  try {
    const { session, accessToken } = await first.sojourn.create({ subject: 'somebody' })
    await first.sojourn.revoke(session.id)
    for (const other of others)
      await until(async () => (await refusalOf(other, accessToken)) === 'token_rejected')
    await story(...nodes)
  } finally {
    await Promise.all(nodes.map((node) => node.close()))
  }
}

/** Why a node refuses an access token; undefined if it does not. */
export async function refusalOf({ sojourn }: Node, accessToken: string): Promise<string | undefined> {
  try {
    await sojourn.verify(accessToken)
    return undefined
  } catch (error) {
    if (error instanceof SojournError) return error.code
    throw error
  }
}

/** How long after an answered logout on one node another refuses the access token, in milliseconds, shortest first. */
export async function delaysOfRefusal(one: Node, other: Node, rounds: number): Promise<readonly number[]> {
  const delays: number[] = []
  for (let round = 0; round < rounds; round++) {
    const { session, accessToken } = await one.sojourn.create({ subject: 'alice' })
    const early = await refusalOf(other, accessToken)
    if (early !== undefined) throw new Error(`Refused before the logout: ${early}`)
    await one.sojourn.revoke(session.id)
    const answered = performance.now()
    while ((await refusalOf(other, accessToken)) === undefined) await setImmediate()
    delays.push(performance.now() - answered)
    // Now and then the follower has to be woken.
    if (round % 3 === 0) await sleep(3)
  }
  return delays.sort((a, b) => a - b)
}

/** As a figure to print: the median, and the delay that 99 of 100 stay under. */
export function asPercentiles(delays: readonly number[]): string {
  const at = (part: number): string => delays[Math.floor(delays.length * part)]!.toFixed(2)
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`
}
