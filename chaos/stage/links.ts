// The connections between nodes and the store, each through a proxy of its own, so that one node can be cut off while
// the others go on.

import type { Chance } from '../chance.ts'
import { startProxy, type Proxy } from '../proxy.ts'
import { pass, type Fault } from './fault.ts'

export interface Links {
  /** Where a node reaches a port of the store. */
  portFor(node: number, target: number): number
  readonly faults: readonly Fault[]
  close(): Promise<void>
}

/** A proxy for each of the nodes and each port of the store. */
export async function openLinks(nodes: number, targets: readonly number[]): Promise<Links> {
  const links = await Promise.all(
    Array.from({ length: nodes }, async () => {
      const proxies = await Promise.all(
        targets.map(async (target) => [target, await startProxy(target)] as const),
      )
      return new Map(proxies)
    }),
  )
  return {
    portFor: (node, target) => links[node]!.get(target)!.port,
    faults: networkFaults(links.map((link) => [...link.values()])),
    close: async () => {
      await Promise.all(links.flatMap((link) => [...link.values()].map((proxy) => proxy.close())))
    },
  }
}

function networkFaults(links: readonly (readonly Proxy[])[]): readonly Fault[] {
  const fault = (
    name: string,
    longest: number,
    on: (proxy: Proxy, chance: Chance) => void,
    off: (proxy: Proxy) => void,
  ): Fault => ({
    name,
    weight: 1,
    async run(chance) {
      const hit = chance.happens(0.7) ? [chance.one([...links.keys()])] : [...links.keys()]
      const proxies = hit.flatMap((node) => links[node]!)
      for (const proxy of proxies) on(proxy, chance)
      await pass(chance.between(200, longest))
      for (const proxy of proxies) off(proxy)
      return hit.map((node) => `node ${node}`).join(', ')
    },
  })
  return [
    fault(
      'slow network',
      2000,
      (proxy, chance) => proxy.delay(chance.between(20, 120)),
      (proxy) => proxy.delay(0),
    ),
    fault(
      'silent network',
      3000,
      (proxy) => proxy.pause(),
      (proxy) => proxy.resume(),
    ),
    fault(
      'cut connections',
      2000,
      (proxy) => proxy.cut(),
      (proxy) => proxy.mend(),
    ),
    fault(
      'forgotten connections',
      6000,
      (proxy) => proxy.halfOpen(),
      (proxy) => proxy.bury(),
    ),
  ]
}
