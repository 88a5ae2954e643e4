// A server that does nothing but answer, with as many bytes as an introspection: what HTTP itself costs here.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const body = JSON.stringify({ active: true, padding: 'x'.repeat(300) })

const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(body.length) })
  response.end(body)
}).listen(0, '127.0.0.1', () => {
  console.error(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
