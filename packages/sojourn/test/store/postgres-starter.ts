// A node that starts: it brings the schema up to date and inserts one entry. `node postgres-starter.ts <url> <number>`,
// by postgres-schema.test.ts; it says when it is ready, and begins when its standard input ends.

import { text } from 'node:stream/consumers'

import { Pool } from 'pg'

import { postgresStore } from '../../src/postgres.ts'

const [, , url = '', number = ''] = process.argv
console.log('ready')
await text(process.stdin)
const pool = new Pool({ connectionString: url, max: 2 })
const store = postgresStore({ client: pool })
await store.migrate()
const expiresAt = Date.now() + 3_600_000
await store.insert({ id: `12345678-${number}`, owner: '12345678-o', version: 1, expiresAt, state: 's' })
await pool.end()
