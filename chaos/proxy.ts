// A TCP proxy between a node and its store, to break what a network breaks: it delays, it goes silent, it cuts, and it
// lets one side believe in a connection that the other has long forgotten. Only for the loopback interface.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface Proxy {
  readonly port: number
  /** Everything arrives so much later, in both directions. 0 ends it. */
  delay(milliseconds: number): void
  /** How many pieces wait for their time to go on. */
  readonly held: number
  /** A black hole: connections stay, new ones are taken, nothing comes through. What was sent arrives when it ends. */
  pause(): void
  resume(): void
  /** Resets every connection, and every new one until `mend`. */
  cut(): void
  mend(): void
  /**
   * The store's side of every connection is closed, the node's side stays and leads nowhere, as when a firewall has
   * forgotten it. New connections work. Those that lead nowhere are reset by `bury`.
   */
  halfOpen(): void
  bury(): void
  close(): Promise<void>
}

export async function startProxy(target: number): Promise<Proxy> {
  const pairs = new Set<Pair>()
  let delay = 0
  let isPaused = false
  let isCut = false
  const server = createServer({ pauseOnConnect: true }, (client) => {
    if (isCut) return void client.resetAndDestroy()
    const pair = new Pair(client, target, () => delay)
    pairs.add(pair)
    client.once('close', () => pairs.delete(pair))
    if (!isPaused) pair.resume()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const reset = (which: (pair: Pair) => boolean): void => {
    for (const pair of [...pairs].filter(which)) pair.reset()
  }
  return {
    port: (server.address() as { port: number }).port,
    delay: (milliseconds) => void (delay = milliseconds),
    get held() {
      return [...pairs].reduce((sum, pair) => sum + pair.held, 0)
    },
    pause() {
      isPaused = true
      for (const pair of pairs) pair.pause()
    },
    resume() {
      isPaused = false
      for (const pair of pairs) pair.resume()
    },
    cut() {
      isCut = true
      reset(() => true)
    },
    mend: () => void (isCut = false),
    halfOpen() {
      for (const pair of pairs) pair.forget()
    },
    bury: () => reset(({ isForgotten }) => isForgotten),
    async close() {
      isCut = true
      reset(() => true)
      server.close()
      await once(server, 'close')
    },
  }
}

/** One connection of a node, and the one that is made to the store for it. */
class Pair {
  readonly #client: Socket
  readonly #store: Socket
  readonly #delay: () => number
  isForgotten = false
  held = 0

  constructor(client: Socket, target: number, delay: () => number) {
    this.#client = client
    this.#store = connect({ host: '127.0.0.1', port: target })
    this.#delay = delay
    client.setNoDelay(true)
    this.#store.setNoDelay(true).pause()
    this.#carry(client, this.#store)
    this.#carry(this.#store, client)
  }

  pause(): void {
    this.#client.pause()
    this.#store.pause()
  }

  resume(): void {
    this.#client.resume()
    this.#store.resume()
  }

  forget(): void {
    this.isForgotten = true
    this.#store.destroy()
  }

  reset(): void {
    // One that is being shut down cannot be reset (libuv): Node would keep it open for ever.
    if (this.#client.writableEnded) this.#client.destroy()
    else this.#client.resetAndDestroy()
    this.#store.destroy()
  }

  #carry(from: Socket, to: Socket): void {
    // One queue and one timer for each direction: whatever the timers of Node round, nothing overtakes what came before.
    const waiting: { readonly due: number; readonly work: () => void }[] = []
    const goOn = (): void => {
      for (let first = waiting[0]; first && first.due <= performance.now(); first = waiting[0]) {
        waiting.shift()
        this.held -= 1
        first.work()
      }
      const [first] = waiting
      if (first) setTimeout(goOn, Math.max(1, first.due - performance.now()))
    }
    const later = (work: () => void): void => {
      const isFirst = waiting.length === 0
      const due = performance.now() + this.#delay()
      waiting.push({ due: Math.max(due, waiting.at(-1)?.due ?? 0), work })
      this.held += 1
      if (isFirst) goOn()
    }
    from.on('data', (chunk) => later(() => void (to.destroyed || to.write(chunk))))
    from.on('end', () => later(() => void (this.isForgotten || to.end())))
    from.on('error', () => {})
    from.on('close', () => {
      if (!this.isForgotten) later(() => void to.destroy())
    })
  }
}
