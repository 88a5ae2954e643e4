import type { IncomingMessage } from 'node:http'
import { json as jsonOf, text as textOf } from 'node:stream/consumers'
import { describe, it } from 'vitest'
import { guard, sojournNode } from '../../src/node.ts'
import { adapterSuite, type Application, type Served } from '../../src/testing/adapter-suite.ts'
import { listening } from './serving.ts'

adapterSuite('node:http', serveNode, { describe, it })

function serveNode({ sojourn, options, routes }: Application): Promise<Served> {
  const listener = sojournNode(
    sojourn,
    async (request, response, exchange) => {
      const path = request.url!.split('?')[0]
      const route = routes.find((one) => one.method === request.method && one.path === path)
      if (!route) return void response.writeHead(404).end()
      if (route.needs) guard(route.needs)(exchange)
      const { status, json, location } = await route.handle({
        exchange,
        body: bodyOf(request) ?? (isJson(request) ? await jsonOf(request) : undefined),
        setCookie: (line) => void response.appendHeader('set-cookie', line),
        begin: () => void response.writeHead(200, { 'content-type': 'application/json' }),
      })
      if (location !== undefined) return void response.writeHead(status, { location }).end()
      if (!response.headersSent) response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(json))
    },
    options,
  )
  // Plain Node has no body parser: forms are read first, so that the CSRF token in them is found.
  return listening((request, response) => {
    const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded'
    if (!isForm) return listener(request, response)
    void textOf(request).then((text) => {
      listener(Object.assign(request, { body: Object.fromEntries(new URLSearchParams(text)) }), response)
    })
  })
}

function isJson(request: IncomingMessage): boolean {
  return request.headers['content-type'] === 'application/json'
}

function bodyOf(request: IncomingMessage): unknown {
  return 'body' in request ? request.body : undefined
}
