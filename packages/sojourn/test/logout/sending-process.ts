// A process that ends sessions and tells relying parties of it, until it is killed.

import { writeSync } from 'node:fs'

import { createSojourn } from '../../src/index.ts'
import { logoutSender } from '../../src/logout.ts'
import { sqliteStore } from '../../src/sqlite.ts'
import { issuer, secret } from '../support/secrets.ts'

const [file = '', ...urls] = process.argv.slice(2)
const sender = logoutSender({
  relyingParties: urls.map((url, index) => ({ clientId: `app ${index}`, url })),
  // Each is tried once before the end, however slow the machine is.
  retryAfter: ['1h'],
  timeout: '10m',
})
const sojourn = createSojourn({
  issuer,
  environment: 'test',
  secrets: [secret()],
  store: sqliteStore(file),
  algorithm: 'ES256',
  listeners: [sender.listener],
})
sender.start(sojourn)
for (const subject of ['alice', 'bob', 'carol']) {
  const { session } = await sojourn.create({ subject })
  await sojourn.revoke(session.id)
  writeSync(1, `${session.id}\n`)
}
// It would go on.
setInterval(() => {}, 60_000)
