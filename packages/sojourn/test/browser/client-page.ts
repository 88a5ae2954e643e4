// What the pages of the test application run: one client, shown to the test.

import { createClient } from '../../src/client.ts'

const client = createClient()
const show = (): void => {
  const { status } = client.state
  document.querySelector('#state')!.textContent = status
}
client.subscribe(show)
void client.load().then(show)
Object.assign(globalThis, { client })
