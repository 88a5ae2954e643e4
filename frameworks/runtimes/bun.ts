import { serve } from './fetch-application.ts'

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: (request, server) => serve(request, server.requestIP(request)?.address),
})
console.log(`http://127.0.0.1:${server.port}`)
