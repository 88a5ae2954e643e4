// The end of patience: a client of a server that is dead, stopped or out of reach must not make its callers hang.

import type { Milliseconds } from '../core/time.ts'

/** A server that did not answer in time. What was asked of it may still happen. */
class StoreTimeout extends Error {
  override readonly name = 'StoreTimeout'
}

/** The same work, but it rejects if `server` has not answered after so long; with `Infinity` it never does. */
export async function within<T>(work: PromiseLike<T>, span: Milliseconds, server: string): Promise<T> {
  if (span === Infinity) return work
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<never>((_, reject) => {
    const complain = (): void => reject(new StoreTimeout(`${server} gave no answer within ${span} ms`))
    timer = setTimeout(complain, span)
  })
  try {
    return await Promise.race([work, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
