// Time that passes only when everything that can happen now has happened: a queue of what is to happen when, and one
// event after the other. A simulated day takes as long as its events do, and the same seed gives the same day.

interface Event {
  readonly at: number
  readonly order: number
  readonly run: () => void
  isCancelled: boolean
}

export class VirtualTime {
  /** Milliseconds since the beginning. */
  now = 0
  #order = 0
  readonly #heap: Event[] = []

  /** Calls `run` after that many milliseconds; returns what cancels it. */
  after(milliseconds: number, run: () => void): () => void {
    const event = { at: this.now + Math.max(0, milliseconds), order: this.#order++, run, isCancelled: false }
    this.#push(event)
    return () => {
      event.isCancelled = true
    }
  }

  /** Lets that many milliseconds pass, with all that happens in them. */
  async pass(milliseconds: number): Promise<void> {
    const until = this.now + milliseconds
    await settled()
    for (let event = this.#heap[0]; event && event.at <= until; event = this.#heap[0]) {
      this.#pop()
      if (event.isCancelled) continue
      this.now = event.at
      event.run()
      await settled()
    }
    this.now = until
  }

  /** Lets time pass until the promise is settled, at most a day. */
  async until<Value>(promise: Promise<Value>): Promise<Value> {
    const state = { isSettled: false }
    const settle = (): void => {
      state.isSettled = true
    }
    promise.then(settle, settle)
    const end = this.now + 86_400_000
    await settled()
    while (!state.isSettled && this.#heap[0] && this.#heap[0].at <= end)
      await this.pass(this.#heap[0].at - this.now)
    if (!state.isSettled) throw new Error('It waits for something that never happens')
    return promise
  }

  #push(event: Event): void {
    const heap = this.#heap
    let index = heap.push(event) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isBefore(event, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = event
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}

/** Resolves when nothing is left to do but to wait. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
