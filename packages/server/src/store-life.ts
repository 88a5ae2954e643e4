// What the stores on other machines have in common: they may not be there at the start, and may be lost later.

import type { Logger } from 'pino'

const startPatience = 10_000

/** The same work, but it rejects when a server keeps us waiting at the start; `shown` names the server. */
export async function withinStart<T>(work: Promise<T>, shown: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    const complain = (): void => reject(new Error(`it gave no answer within ${startPatience / 1000} seconds`))
    timer = setTimeout(complain, startPatience)
  })
  try {
    return await Promise.race([work, tooLate])
  } catch (cause) {
    throw new Error(`${shown}: ${reasonOf(cause)}`, { cause })
  } finally {
    clearTimeout(timer)
  }
}

const tellEvery = 5000

/** Tells the log that a connection is lost, but not with every attempt to get it back. */
export function lossReporter(log: Logger, shown: string): (error: unknown) => void {
  let toldAt = -Infinity
  return (error) => {
    const now = performance.now()
    if (now - toldAt < tellEvery) return
    toldAt = now
    // Its message only: an error of a client may carry the client, with all that it knows.
    log.warn({ store: shown, reason: reasonOf(error) }, 'the connection to the store is lost')
  }
}

/** An attempt at several addresses fails with several errors, and no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message || error.name : String(error)
}
