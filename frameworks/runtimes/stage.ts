// The near half of a stage: stands between the suite and a runtime, adds the time and the notices to each request, takes
// the events out of each answer, and lends out the store of the story.

import { request as startRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import type { Notice, SojournEvent } from 'sojourn'
import type { Application, Served } from 'sojourn/testing'
import { listening } from '../../packages/sojourn/test/adapter/serving.ts'

/** Serves stories with the application that runs at `url`. */
export function servedAt(url: () => string): (application: Application) => Promise<Served> {
  return async ({ sojourn, configuration, options }) => {
    const { store, feed, clock } = sojourn.settings
    const lent = await listening((request, response) => void lend(store as never, request, response))
    const response = await fetch(`${url()}/stage`, {
      method: 'POST',
      body: JSON.stringify({ configuration, options, store: lent.url }),
    })
    if (response.status !== 204) throw new Error(`${response.status} ${await response.text()}`)
    const notices: Notice[] = []
    const following = feed.follow((notice) => notices.push(notice), clock())
    const front = await listening((request, response) => {
      const stage = ['x-stage-now', String(clock()), 'x-stage-notices', JSON.stringify(notices.splice(0))]
      passOn(new URL(url()), { request, response, stage, hear: (events) => events.forEach(sojourn.tell) })
    })
    return {
      url: front.url,
      close: async () => {
        following.close()
        await Promise.all([front.close(), lent.close()])
      },
    }
  }
}

interface Passed {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly stage: readonly string[]
  readonly hear: (events: readonly SojournEvent[]) => void
}

function passOn({ hostname, port }: URL, { request, response, stage, hear }: Passed): void {
  const { method, url: path, rawHeaders } = request
  const headers = [...rawHeaders, ...stage, 'cf-connecting-ip', '127.0.0.1']
  const outgoing = startRequest({ hostname, port, method, path, headers, setHost: false }, (incoming) => {
    const { 'x-stage-events': events, ...told } = incoming.headers
    if (typeof events === 'string') hear(JSON.parse(decodeURIComponent(events)) as SojournEvent[])
    response.writeHead(incoming.statusCode!, told)
    response.flushHeaders()
    incoming.pipe(response)
  })
  outgoing.on('error', () => response.destroy())
  request.pipe(outgoing)
}

type Verbs = Record<string, (...given: unknown[]) => Promise<unknown>>

async function lend(store: Verbs, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const given = (await json(request)) as unknown[]
    const result = await store[request.url!.slice(1)]!(...given.map((value) => value ?? undefined))
    response.end(result === undefined ? '' : JSON.stringify(result))
  } catch (error) {
    response.writeHead(500).end(String(error))
  }
}
