// What the pages of a single-page application run that holds bound tokens. Its vault is a stand-in for that of an app: it
// survives a reload, and any script of the page can read it, so that the test can steal from it.

import { createClient, type Kept } from '../../src/client.ts'
import { proofKeys } from '../../src/client-dpop.ts'

const drawer = 'vault'
const keys = proofKeys()
const client = createClient({
  profile: 'bearer',
  dpop: keys,
  vault: {
    read: async () => JSON.parse(sessionStorage.getItem(drawer) ?? 'null') as Kept | undefined,
    write: async (kept) => sessionStorage.setItem(drawer, JSON.stringify(kept)),
    clear: async () => sessionStorage.removeItem(drawer),
  },
})
Object.assign(globalThis, { client, keys })
