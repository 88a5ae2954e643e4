// A process with one node of the application, or with several where the store lives in the process:
// `node chaos/node/main.ts <NodeConfig as JSON>`. It says "ready" when it listens, and ends with its standard input.

import { once } from 'node:events'
import { openSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

import { createSojourn, type SojournEvent } from 'sojourn'
import { answerClientErrors, sojournNode } from 'sojourn/node'

import { chanceFor } from '../chance.ts'
import { instant } from '../history.ts'
import { feedPatience, issuer, policy, secret } from '../numbers.ts'
import type { NodeConfig } from './address.ts'
import { application, type Claims, type Data } from './application.ts'
import { openStore } from './open-store.ts'

const config = JSON.parse(process.argv[2] ?? '') as NodeConfig
const events = openSync(join(config.folder, `${config.name}.events.jsonl`), 'a')

process.stdin.resume().on('end', () => process.exit(0))

const { store, feed } = await openStore(config.store, chanceFor(config.seed, config.name))
for (const port of config.ports) {
  const sojourn = createSojourn<Claims, Data>({
    issuer,
    environment: 'chaos',
    secrets: [secret],
    store,
    ...(feed === undefined ? {} : { feed }),
    policy,
    feedPatience: `${feedPatience}ms`,
    listeners: [note],
  })
  const listener = sojournNode(sojourn, application, { trustedProxies: ['loopback'], rateLimit: false })
  const server = answerClientErrors(createServer(listener))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}
process.stdout.write('ready\n')

function note(event: SojournEvent): void {
  writeSync(events, `${JSON.stringify({ instant: instant(), ...event })}\n`)
}
