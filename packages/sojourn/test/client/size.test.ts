import { gzipSync } from 'node:zlib'

import { expect, it } from 'vitest'

import { errors } from '../../src/core/errors.ts'
import { doubts } from '../../src/client/credentials.ts'
import type { ClientSession } from '../../src/client.ts'
import { ownViewOf } from '../../src/http/session-view.ts'
import { bundled, bundledText } from './support/bundle.ts'

// What the documentation says: docs/guides/browser-client.md.
const limit = 6 * 1024

it('the client is at most 6 kB, minified and compressed, and needs nothing else', async () => {
  const code = await bundled('client.ts')
  expect(gzipSync(code).length).toBeLessThan(limit)
  expect(code).not.toMatch(/\bfrom\s*["']|\bimport\s*["'(]|\brequire\(/)
})

it('those whose tokens are bound to a key ship at most 2.5 kB more, and nobody else does', async () => {
  const code = await bundled('client-dpop.ts')
  expect(gzipSync(code).length).toBeLessThan(2.5 * 1024)
  expect(code).not.toMatch(/localStorage|sessionStorage|document\.cookie|cookieStore|caches\b/)
  expect(await bundled('client.ts')).not.toMatch(/P-256|dpop\+jwt/)
})

it('the hooks add at most 1 kB to React and the client, and the devices at most 5 kB where they are used', async () => {
  const hooks = 'SessionProvider, useClient, useIdleWarning, useSession, useSignOut'
  const sizeOf = async (names: string): Promise<number> =>
    gzipSync(await bundledText(`export { ${names} } from './react.ts'`, ['react'])).length
  expect(await sizeOf(hooks)).toBeLessThan(1024)
  expect(await sizeOf(`${hooks}, YourDevices`)).toBeLessThan(5 * 1024)
})

it('nothing in it touches what other scripts of a page can read', async () => {
  const code = await bundled('client.ts')
  expect(code).not.toMatch(/localStorage|sessionStorage|indexedDB|document\.cookie|cookieStore|caches\b/)
})

it('the codes that it knows are codes of the server', () => {
  for (const code of doubts) expect(errors).toHaveProperty(code)
})

it('the session that it expects is the one that the server describes', () => {
  const describe: (...of: Parameters<typeof ownViewOf>) => ClientSession = ownViewOf
  expect(describe).toBe(ownViewOf)
})
