export { proxy } from './session.js'

// Pages alone: route handlers have the whole chain themselves.
export const config = { matcher: ['/'] }
