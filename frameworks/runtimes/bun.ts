import { fetchApplication } from '../../packages/sojourn/test/adapter/fetch-routes.ts'
import { remote } from './remote.ts'

const serve = remote(fetchApplication)

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: (request, server) => serve(request, server.requestIP(request)?.address),
})
console.log(`http://127.0.0.1:${server.port}`)
