import type { LoaderFunction, MiddlewareFunction } from 'react-router'

declare global {
  var routerSuite: { readonly middleware: MiddlewareFunction<Response>; readonly handle: LoaderFunction }
}

// As `react-router typegen` writes it for an application that has middleware.
declare module 'react-router' {
  interface Future {
    v8_middleware: true
  }
}
