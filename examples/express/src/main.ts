// Starts the shop: `npm start -w examples/express`.
//
//   PORT             where to listen; default 3000, on this machine only unless HOST says otherwise
//   ORIGIN           the public address, https://… in production
//   SOJOURN_SECRET   32 random bytes in base64url; needed in production
//   TRUSTED_PROXIES  addresses of reverse proxies, separated by commas
//   DATA_DIR         where users and sessions are kept; default .data

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { answerClientErrors } from 'sojourn/node'
import { sqliteStore } from 'sojourn/sqlite'

import { createApp } from './app.ts'
import { readSecrets } from './secret.ts'
import { openSessions } from './sojourn.ts'
import { openUsers } from './users.ts'

const { env } = process
const port = Number(env['PORT'] ?? 3000)
const host = env['HOST'] ?? '127.0.0.1'
const origin = env['ORIGIN'] ?? `http://localhost:${port}`
const directory = env['DATA_DIR'] ?? join(import.meta.dirname, '../.data')
// What is kept is for the owner of this process alone.
process.umask(0o077)
mkdirSync(directory, { recursive: true })

const secrets = readSecrets(env, join(directory, 'secret'))
const store = sqliteStore(join(directory, 'sessions.db'))
const users = openUsers(join(directory, 'users.db'))
const sojourn = openSessions({
  issuer: origin,
  secrets,
  store,
  listeners: [
    // There is no credential in an event, so it may be logged as it is.
    (event) => {
      if (event.level !== 'info') console.warn(JSON.stringify(event))
    },
  ],
})
const trustedProxies = (env['TRUSTED_PROXIES'] ?? '').split(',').filter(Boolean)
const app = createApp({ sojourn, users, trustedProxies })

const server = app.listen(port, host, (error) => {
  if (error) throw error
  console.log(`Leaf & Kettle is open at ${origin}`)
})
answerClientErrors(server)

const sweeping = setInterval(() => {
  sojourn.sweep().catch((error: unknown) => console.error(error))
}, 600_000)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    clearInterval(sweeping)
    server.close(() => {
      sojourn.close()
      users.close()
      void store.close()
    })
    server.closeIdleConnections()
  })
}
