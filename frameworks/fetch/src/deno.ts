import process from 'node:process'
import { serve } from './app.ts'

Deno.serve(
  {
    port: Number(process.env['PORT'] ?? 3000),
    hostname: '127.0.0.1',
    onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`),
  },
  (request, info) => serve(request, { peer: info.remoteAddr.hostname }),
)
