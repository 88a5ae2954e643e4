// A firewall that forgets connections: they stay open on our side and lead nowhere. New ones work.

import { testClient, type TestClient } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startProxy, type Proxy } from '../../../chaos/proxy.ts'
import { serving, type RunningCommand } from './support/command.ts'
import { sharedVariables, temporaryFolder } from './support/server.ts'
import { signInAsAda, storeServers, type StoreServer } from './support/store-servers.ts'

const variables = sharedVariables
const { json, headers } = signInAsAda

for (const name of ['Redis', 'PostgreSQL']) {
  const { isHere, launch } = storeServers[name]!
  describe.skipIf(!isHere)(`a server on ${name}`, { timeout: 120_000 }, () => {
    const folder = temporaryFolder()
    let store: StoreServer
    let proxy: Proxy
    let command: RunningCommand
    let client: TestClient
    beforeAll(async () => {
      store = await launch()
      proxy = await startProxy(Number(new URL(store.url).port))
      const url = new URL(store.url)
      url.port = String(proxy.port)
      command = await serving(['--port', '0', '--store', url.href], { folder: folder.path, variables })
      client = testClient({ url: command.url.replace('localhost', '127.0.0.1') })
    })
    afterAll(async () => {
      client.close()
      await command.end('SIGKILL')
      await proxy.close()
      await store.remove()
      folder.remove()
    })

    it('R207 P36 leaves connections that lead nowhere, however many requests it is asked meanwhile', async () => {
      const signIn = async (): Promise<number> =>
        (await client.ask('POST', '/v1/sessions', { json, headers })).status
      expect(await signIn()).toBe(201)
      proxy.halfOpen()
      const began = performance.now()
      await expect.poll(signIn, { timeout: 90_000, interval: 100 }).toBe(201)
      console.log(`${name}: back after ${Math.round(performance.now() - began)} ms`)
    })
  })
}
