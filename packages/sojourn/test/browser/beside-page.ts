// What the pages of another application on the same origin run: a client of its own, with its own routes.

import { createClient } from '../../src/client.ts'

const client = createClient({ prefix: '/admin/session' })
Object.assign(globalThis, { client })
