// Sessions in the memory of one process, ours and those of two stores of express-session. What is left after a collection
// counts, in the heap and in arrays of numbers outside of it.

import { memoryStore } from 'sojourn/memory'

import {
  expressMemoryStore,
  keep,
  kept,
  memorystoreStore,
  peerId,
  peerSession,
  type PeerStore,
} from './peers.ts'
import type { SessionMaker } from './sessions.ts'
import { Samples, type Place, type Target } from './target.ts'

/** They share one heap, so each is filled for itself: all of one, then all of the next. */
export async function memoryPlace(maker: SessionMaker): Promise<Place> {
  return {
    measure: 'the heap after a collection',
    targets: [
      sojournIn(maker),
      peerIn('MemoryStore', expressMemoryStore()),
      peerIn('memorystore', await memorystoreStore()),
    ],
  }
}

function sojournIn(maker: SessionMaker): Target {
  const store = memoryStore({ maxEntries: 100_000_000 })
  const sojourn = maker.engineOn(store)
  const heap = new Heap()
  const samples = new Samples()
  return {
    store: 'Sojourn',
    async write(batch) {
      heap.begin()
      for (const { entry } of batch) await store.insert(copied(entry))
      samples.note(batch)
    },
    check: () => samples.check((id) => sojourn.find(id)),
    size: async () => ({ bytes: heap.grown() }),
    async close() {
      sojourn.close()
      while ((await store.sweep(Infinity, 1_000_000)) > 0);
    },
  }
}

function peerIn(name: string, store: PeerStore): Target {
  const heap = new Heap()
  const samples = new Samples()
  return {
    store: name,
    async write(batch) {
      heap.begin()
      const named = batch.map(({ facts }) => ({ id: peerId(), facts }))
      for (const { id, facts } of named) await keep(store, id, peerSession(facts))
      samples.note(named)
    },
    check: () => samples.check((id) => kept(store, id)),
    size: async () => ({ bytes: heap.grown() }),
    close: async () => {},
  }
}

class Heap {
  #base: number | undefined

  begin(): void {
    this.#base ??= used()
  }

  grown(): number {
    return used() - (this.#base ?? 0)
  }
}

function used(): number {
  if (!globalThis.gc) throw new Error('Run it with --expose-gc')
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

// Texts as they come from a request: whole, and nobody else's.
function copied<T extends object>(entry: T): T {
  return JSON.parse(JSON.stringify(entry)) as T
}
