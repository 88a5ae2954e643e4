import { fetchApplication } from '../../packages/sojourn/test/adapter/fetch-routes.ts'
import { remote } from './remote.ts'

const serve = remote(fetchApplication)

export default {
  async fetch(request: Request): Promise<Response> {
    // Cloudflare's network tells the address of the client in this header; here the stage does.
    const response = await serve(request, request.headers.get('cf-connecting-ip') ?? undefined)
    // What is left unread breaks the connection to a workerd that stands alone, without that network before it.
    if (request.body && !request.bodyUsed) await request.body.pipeTo(new WritableStream())
    return response
  },
}
