import { fetchApplication } from '../../packages/sojourn/test/adapter/fetch-routes.ts'
import { remote } from './remote.ts'

const serve = remote(fetchApplication)

Deno.serve(
  { port: 0, hostname: '127.0.0.1', onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`) },
  (request, info) => serve(request, info.remoteAddr.hostname),
)
