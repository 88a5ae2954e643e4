// Serves the build on Node.

import { createRequestListener } from '@react-router/node'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ServerBuild } from 'react-router'

const file = new URL('dist/server/index.js', import.meta.url)
const build = (await import(file.href)) as ServerBuild
const server = createServer(createRequestListener({ build }))
server.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  console.log(`Open http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
