// The nodes of the application, each a process; or all in one, where the store lives in the process.

import { freePort } from '../../tools/free-port.ts'
import type { NodeConfig, StoreAddress } from '../node/address.ts'
import { overlap } from '../numbers.ts'
import { startChild, type Child } from './child.ts'
import { pass, type Fault } from './fault.ts'

export interface Nodes {
  /** One for each Sojourn. */
  readonly ports: readonly number[]
  /** The processes as they are now. */
  readonly processes: () => readonly Child[]
  readonly freeze: Fault
  readonly kill: Fault
  close(): Promise<void>
}

export interface NodesOptions {
  readonly count: number
  readonly isInProcess: boolean
  readonly addressFor: (node: number) => StoreAddress
  readonly seed: number
  readonly folder: string
  /** Called for a process that ends without being told to. */
  readonly onCrash: (told: string) => void
}

// A request that waits in a paused node arrives when it goes on: so much later than it was sent is not kept to the
// protocol any more (design §4.2).
const longestFreeze = overlap * 0.6

export async function startNodes(options: NodesOptions): Promise<Nodes> {
  const { count, isInProcess, addressFor, seed, folder, onCrash } = options
  const ports = await Promise.all(Array.from({ length: count }, freePort))
  const groups = isInProcess ? [ports] : ports.map((port) => [port])
  const start = async (at: number): Promise<Child> => {
    const name = `node-${at}`
    const config: NodeConfig = { name, ports: groups[at]!, store: addressFor(at), seed, folder }
    for (;;) {
      const child = startChild('node/main.ts', config, (told) => isStarted && onCrash(told))
      let isStarted = false
      try {
        await child.ready
        isStarted = true
        return child
      } catch {
        // The store may be away just now; whoever runs the process starts it again.
        await pass(200)
      }
    }
  }
  const processes = await Promise.all(groups.map((_, at) => start(at)))
  return {
    ports,
    processes: () => processes,
    freeze: {
      name: 'node paused',
      weight: 1,
      async run(chance) {
        const at = chance.one([...groups.keys()])
        processes[at]!.signal('SIGSTOP')
        await pass(chance.between(100, longestFreeze))
        processes[at]!.signal('SIGCONT')
        return `node ${at}`
      },
    },
    kill: {
      name: 'node killed',
      weight: 2,
      async run(chance) {
        const at = chance.one([...groups.keys()])
        await processes[at]!.kill()
        await pass(chance.between(0, 1000))
        processes[at] = await start(at)
        return `node ${at}`
      },
    },
    close: async () => {
      await Promise.all(processes.map((child) => child.kill()))
    },
  }
}
