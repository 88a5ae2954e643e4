import { serve } from './app.ts'

const server = Bun.serve({
  port: Number(process.env['PORT'] ?? 3000),
  hostname: '127.0.0.1',
  fetch: (request, server) => serve(request, { peer: server.requestIP(request)?.address }),
})
console.log(`http://127.0.0.1:${server.port}`)
