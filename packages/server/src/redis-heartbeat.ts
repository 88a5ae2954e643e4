// Noticing connections to Redis that lead nowhere, as when a firewall has forgotten them. The client does not: as long as
// somebody writes to a socket its idle timeout never comes, and the system gives up only after a quarter of an hour.
// So each connection is asked now and then, and one that does not answer is made anew.

/** What is used of a client of `redis`. */
export interface Beating {
  readonly isReady: boolean
  sendCommand(args: string[]): Promise<unknown>
  destroy(): void
  connect(): Promise<unknown>
}

// In milliseconds.
const beatEvery = 1000
const patience = 4000

/** Watches the connections that `clients` gives until the returned function is called. */
export function watchConnections(clients: () => Promise<readonly Beating[]>): () => void {
  const asked = new Set<Beating>()
  const beat = async (): Promise<void> => {
    for (const client of await clients()) {
      if (!client.isReady || asked.has(client)) continue
      asked.add(client)
      void renewIfDead(client).finally(() => asked.delete(client))
    }
  }
  // Clients of a cluster that is being looked for come with the next beat.
  const timer = setInterval(() => void beat().catch(() => {}), beatEvery).unref()
  return () => clearInterval(timer)
}

async function renewIfDead(client: Beating): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), patience).unref()
  })
  // An error is an answer too: the client knows then, and connects again by itself.
  const answer = client.sendCommand(['PING']).then(
    () => true,
    () => true,
  )
  const isAlive = await Promise.race([answer, silence])
  clearTimeout(timer)
  if (isAlive || !client.isReady) return
  client.destroy()
  // It goes on trying; whoever asks meanwhile is told in time.
  await client.connect().catch(() => {})
}
