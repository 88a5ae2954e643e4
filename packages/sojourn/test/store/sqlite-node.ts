// A node of an application on a SQLite file, as a process of its own: `node sqlite-node.ts <file> <policy>`. It reads
// orders from standard input, a line of JSON each, and answers each with a line of JSON, in their order.

import { createInterface } from 'node:readline'

import { createSojourn, SojournError, type OnInterruptedFeed } from '../../src/index.ts'
import { sqliteStore } from '../../src/sqlite.ts'
import { issuer, secret } from '../support/secrets.ts'

export type Order =
  | { readonly order: 'create'; readonly subject: string }
  | { readonly order: 'revoke'; readonly id: string }
  | { readonly order: 'verify'; readonly accessToken: string }
  | { readonly order: 'refresh'; readonly sessionToken: string }

export interface Answer {
  readonly id?: string
  readonly accessToken?: string
  readonly sessionToken?: string
  readonly revoked?: boolean
  /** The code of a refusal. */
  readonly refused?: string
}

const [, script, file = '', policy = 'strict'] = process.argv
if (script === import.meta.filename) await serve()

async function serve(): Promise<void> {
  const store = sqliteStore(file)
  const sojourn = createSojourn({
    issuer,
    environment: 'test',
    secrets: [secret()],
    store,
    onInterruptedFeed: policy as OnInterruptedFeed,
  })
  const carryOut = async (asked: Order): Promise<Answer> => {
    switch (asked.order) {
      case 'create': {
        const { session, accessToken, sessionToken } = await sojourn.create({ subject: asked.subject })
        return { id: session.id, accessToken, sessionToken }
      }
      case 'revoke':
        return { revoked: await sojourn.revoke(asked.id) }
      case 'verify':
        return { id: (await sojourn.verify(asked.accessToken)).sessionId }
      case 'refresh':
        return { id: (await sojourn.refresh(asked.sessionToken)).session.id }
    }
  }
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await carryOut(JSON.parse(line) as Order).catch((error: unknown): Answer => {
      if (!(error instanceof SojournError)) throw error
      return { refused: error.code }
    })
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  }
  sojourn.close()
  await store.close()
}
