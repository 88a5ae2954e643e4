// The ready-made routes are answered by the middleware, which runs where some route matches: this one.

export const loader = () => new Response('There is nothing here.', { status: 404 })
export const action = loader
