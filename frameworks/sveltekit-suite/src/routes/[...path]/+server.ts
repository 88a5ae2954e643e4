import type { RequestHandler } from '@sveltejs/kit'

const endpoint: RequestHandler = (event) => globalThis.sojournSuite.endpoint(event)

export { endpoint as GET, endpoint as POST, endpoint as DELETE }

// Paths of the suite are what they are; SvelteKit would redirect those that end in a slash.
export const trailingSlash = 'ignore'
