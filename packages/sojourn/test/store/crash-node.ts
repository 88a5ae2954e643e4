// A node that dies in the middle: `node crash-node.ts <file> <verb> <token> <point>`. It opens a SQLite store, does what the
// verb says with the token, and is killed before or after its n-th call to the store: point `3-` is before the third,
// `3+` right after it. Where it lives through that, it says so.

import { createSojourn, type Store } from '../../src/index.ts'
import { sqliteStore } from '../../src/sqlite.ts'
import { plainStore } from '../support/plain-store.ts'
import { issuer, secret } from '../support/secrets.ts'

/** Of the node that dies and of those that go on: an old token is a copy as soon as its successor was used. */
export const options = {
  issuer,
  environment: 'test',
  secrets: [secret()],
  policy: { overlap: '0s' },
} as const

export const verbs = ['refresh', 'stepUp'] as const
export type Verb = (typeof verbs)[number]

const [, script, file = '', verb = 'refresh', token = '', point = ''] = process.argv
if (script === import.meta.filename) {
  const store = sqliteStore(file)
  const sojourn = createSojourn({ ...options, store: dyingAt(point, store) })
  const work: Record<Verb, () => Promise<unknown>> = {
    refresh: () => sojourn.refresh(token),
    stepUp: () => sojourn.stepUp(token, { amr: ['otp'] }),
  }
  await work[verb as Verb]()
  process.stdout.write('lived')
  sojourn.close()
  await store.close()
}

function dyingAt(wanted: string, store: Store): Store {
  let calls = 0
  const die = (now: string): void => {
    if (now === wanted) process.kill(process.pid, 'SIGKILL')
  }
  const dying = ([name, operation]: [string, (...args: never[]) => Promise<unknown>]) => [
    name,
    async (...args: never[]) => {
      calls += 1
      const call = calls
      die(`${call}-`)
      const answer = await operation(...args)
      die(`${call}+`)
      return answer
    },
  ]
  return Object.fromEntries(Object.entries(plainStore(store)).map(dying)) as Store
}
