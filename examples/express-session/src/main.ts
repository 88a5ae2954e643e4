// `npm start`: the application while it moves, on a store of express-session in memory and a SQLite file of Sojourn.

import { randomBytes } from 'node:crypto'

import { MemoryStore } from 'express-session'
import { createSojourn } from 'sojourn'
import { sqliteStore } from 'sojourn/sqlite'

import { createApp, type Claims, type Data } from './after.ts'

const port = Number(process.env['PORT'] ?? 3000)

const sojourn = createSojourn<Claims, Data>({
  issuer: `http://localhost:${port}`,
  secrets: [process.env['SOJOURN_SECRET'] ?? randomBytes(32).toString('base64url')],
  store: sqliteStore('sessions.db'),
})

createApp({ sojourn, oldStore: new MemoryStore() }).listen(port, 'localhost', () => {
  console.log(`Listening on http://localhost:${port}`)
})
