import type { LoaderFunction } from 'react-router'

export const loader: LoaderFunction = (call) => globalThis.routerSuite.handle(call)
export const action = loader
