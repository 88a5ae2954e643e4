// The hooks and endpoints of the story that is being told: the test hands them in.

import type { Handle } from '@sveltejs/kit'

export const handle: Handle = (input) => globalThis.sojournSuite.handle(input)
