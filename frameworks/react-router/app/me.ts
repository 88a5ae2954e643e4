import type { LoaderFunctionArgs } from 'react-router'
import { signedIn } from './session.server.ts'

export function loader(call: LoaderFunctionArgs) {
  return Response.json(signedIn(call).session)
}
