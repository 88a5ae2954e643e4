// The middleware and the handlers of the story that is being told: the test hands them in.

import type { MiddlewareFunction } from 'react-router'

const session: MiddlewareFunction<Response> = (call, next) => globalThis.routerSuite.middleware(call, next)

export const middleware = [session]

export default function Root() {
  return null
}
