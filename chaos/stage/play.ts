// One run: a store, nodes on it, clients that use them, and a nemesis that breaks one thing after the other. What the
// clients and the nemesis write down is the history; whoever judges it was not there.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { chanceFor, type Chance } from '../chance.ts'
import type { ClientConfig } from '../client/main.ts'
import { instant, openPen, readHistory, type History, type Pen } from '../history.ts'
import { startChild, type Child } from './child.ts'
import { pass, type Fault } from './fault.ts'
import { startNodes } from './nodes.ts'
import type { Service } from './service.ts'
import type { Setting } from './settings.ts'

export interface PlayOptions {
  readonly seconds: number
  readonly seed: number
  /** Client processes. */
  readonly clients: number
  readonly nodes: number
  /** Leaves the files of the run there. Default: they are removed. */
  readonly keep?: boolean
}

export interface Played {
  readonly history: History
  /** Processes that ended without being told to. */
  readonly crashes: readonly string[]
  readonly folder: string
}

export async function play(setting: Setting, options: PlayOptions): Promise<Played> {
  const folder = mkdtempSync(join(tmpdir(), `sojourn-chaos-${setting.name}-`))
  const crashes: string[] = []
  const onCrash = (told: string): void => void crashes.push(told)
  const { nodes: count, seed } = options
  const service = await setting.open(count, folder)
  try {
    const { isInProcess, addressFor } = service
    const nodes = await startNodes({ count, isInProcess, addressFor, seed, folder, onCrash })
    try {
      const clients = startClients(nodes.ports, options, folder, onCrash)
      await breakThings(service.faults(nodes), service, { ...options, folder })
      await Promise.all(clients.map((client) => client.finish()))
    } finally {
      await nodes.close()
    }
    return { history: readHistory(folder), crashes, folder }
  } finally {
    await service.close()
    if (!options.keep) rmSync(folder, { recursive: true, force: true })
  }
}

function startClients(
  ports: readonly number[],
  { clients, seed }: PlayOptions,
  folder: string,
  onCrash: (told: string) => void,
): readonly Child[] {
  return Array.from({ length: clients }, (_, at) => {
    const config: ClientConfig = { name: `client-${at}`, ports, seed, folder, people: 8, families: 2 }
    return startChild('client/main.ts', config, onCrash)
  })
}

// Long enough for connections to be there again, so that also undisturbed times are seen.
const calm = { shortest: 1500, longest: 4500 }

async function breakThings(
  faults: readonly Fault[],
  service: Service,
  { seconds, seed, folder }: PlayOptions & { readonly folder: string },
): Promise<void> {
  const end = instant() + seconds * 1000
  const chance = chanceFor(seed, 'nemesis')
  const pen = openPen(folder, 'nemesis')
  for (const fault of inTurn(faults, chance)) {
    await pass(Math.min(chance.between(calm.shortest, calm.longest), Math.max(0, end - instant())))
    if (instant() >= end) break
    await note(pen, fault, chance)
  }
  await service.isWhole()
  pen.close()
}

async function note(pen: Pen, fault: Fault, chance: Chance): Promise<void> {
  const start = instant()
  const to = await fault.run(chance)
  pen.write({ fault: fault.name, to, start, end: instant() })
}

/** Each of them once, then by chance, for ever: a short run sees as many as it can. */
function* inTurn(faults: readonly Fault[], chance: Chance): Generator<Fault> {
  yield* chance.shuffled(faults)
  const weights = Object.fromEntries(faults.map(({ name, weight }) => [name, weight]))
  for (;;) {
    const name = chance.weighted(weights)
    yield faults.find((fault) => fault.name === name)!
  }
}
