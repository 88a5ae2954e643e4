// A process that writes a trail to a file journal as fast as it can and says which event has been kept, until it is killed.

import { writeSync } from 'node:fs'

import { auditTrail } from '../../src/audit.ts'
import { fileJournal } from '../../src/file.ts'
import { issuer, secret } from '../support/secrets.ts'

const [path = '', name = ''] = process.argv.slice(2)
const journal = fileJournal(path, { rotateBytes: 20_000 })
const trail = auditTrail({ journal, secrets: [secret()], issuer, environment: 'test' })
for (let number = 1; ; number++) {
  for (let part = 0; part < 3; part++)
    trail.listener({
      type: 'session.ended',
      level: 'info',
      at: Date.now(),
      sessionId: `${name}-${number}-${part}`,
      reason: 'idle',
    })
  await trail.flush()
  writeSync(1, `${name}-${number}\n`)
}
