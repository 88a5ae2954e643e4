// `sojourn serve --workers n`: the process that starts the others, starts a new one for each that is lost, numbers the
// events so that every process tells the same stream, and stops them all without losing an answer. It takes no requests.

import cluster, { type Worker } from 'node:cluster'

import type { Logger } from 'pino'

import type { Family } from '../metrics/registry.ts'
import type { FromPrimary, FromWorker } from './messages.ts'

// Less than a worker waits for the sum.
const patience = 1000

/** Runs until a signal comes and all workers have ended; resolves to the exit status. */
export function runWorkers(count: number, log: Logger): Promise<number> {
  return new Promise((resolve) => {
    const serving = new Set<number>()
    let lastEvent = Date.now()
    let isStopping = false
    let status = 0

    const others = (): Worker[] =>
      Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
    const stop = (signal: NodeJS.Signals): void => {
      isStopping = true
      for (const worker of others()) worker.process.kill(signal)
    }

    cluster.on('message', (worker, message: FromWorker) => {
      switch (message.kind) {
        case 'serving':
          serving.add(worker.id)
          if (serving.size === count) say(message.lines, count)
          return
        case 'event':
          lastEvent++
          for (const one of others())
            tell(one, { kind: 'told', told: { id: lastEvent, event: message.event } })
          return
        case 'collect':
          void collect(others()).then((families) =>
            tell(worker, { kind: 'collected', id: message.id, families }),
          )
          return
        case 'counted':
      }
    })
    cluster.on('exit', (worker, code, signal) => {
      const hadServed = serving.has(worker.id)
      if (isStopping || !hadServed) {
        // One that never served says why by itself, and another would say the same.
        if (!isStopping) stop('SIGTERM')
        status = Math.max(status, code ?? 1)
        if (others().length === 0) resolve(status)
        return
      }
      log.error({ worker: worker.process.pid, code, signal }, 'a worker was lost, another takes its place')
      cluster.fork()
    })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop('SIGTERM'))
    process.on('SIGHUP', () => {
      for (const worker of others()) worker.process.kill('SIGHUP')
    })
    for (let number = 0; number < count; number++) cluster.fork()
  })
}

function say(lines: readonly string[], count: number): void {
  console.error(
    [...lines.slice(0, -1), `${count} processes take the requests`, ...lines.slice(-1)].join('\n'),
  )
}

function tell(worker: Worker, message: FromPrimary): void {
  if (worker.isConnected()) worker.send(message)
}

let lastCollection = 0

/** What each worker has counted; one that does not answer in time is left out. */
async function collect(workers: readonly Worker[]): Promise<readonly (readonly Family[])[]> {
  const id = ++lastCollection
  const counted = await Promise.all(workers.map((worker) => countOf(worker, id)))
  return counted.filter((families) => families !== undefined)
}

function countOf(worker: Worker, id: number): Promise<readonly Family[] | undefined> {
  return new Promise((resolve) => {
    const hear = (message: FromWorker): void => {
      if (message.kind === 'counted' && message.id === id) done(message.families)
    }
    const done = (families?: readonly Family[]): void => {
      clearTimeout(timer)
      worker.off('message', hear)
      resolve(families)
    }
    const timer = setTimeout(() => done(), patience)
    worker.on('message', hear)
    tell(worker, { kind: 'count', id })
  })
}
