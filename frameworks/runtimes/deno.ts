import { serve } from './fetch-application.ts'

Deno.serve(
  { port: 0, hostname: '127.0.0.1', onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`) },
  (request, info) => serve(request, info.remoteAddr.hostname),
)
