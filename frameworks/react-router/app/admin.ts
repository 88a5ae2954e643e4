import type { LoaderFunctionArgs } from 'react-router'
import { signedIn } from './session.server.ts'

export function loader(call: LoaderFunctionArgs) {
  signedIn(call, { role: 'admin' })
  return Response.json({ secret: 'the tea is in the tin' })
}
