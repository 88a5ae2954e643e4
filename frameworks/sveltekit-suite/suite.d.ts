import type { Handle, RequestHandler } from '@sveltejs/kit'

declare global {
  var sojournSuite: { readonly handle: Handle; readonly endpoint: RequestHandler }
}
