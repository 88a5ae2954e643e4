// What relying parties are still to be told, when the sessions move to another store.

import { join } from 'node:path'

import { createSojourn, type Sojourn, type Store } from 'sojourn'
import { logoutSender, type Sender } from 'sojourn/logout'
import { sqliteStore } from 'sojourn/sqlite'
import { expect, it } from 'vitest'

import { opened } from '../../sojourn/test/support/forge.ts'
import { postOffice, until } from '../../sojourn/test/support/post-office.ts'
import { movablePages } from '../src/transfer/movable.ts'
import { run } from './support/command.ts'
import { issuer, secret, temporaryFolder } from './support/server.ts'

const began = Date.now()

/** Whoever sends on a store; the sender's clock stands still, that many hours from now. */
function node(
  store: Store,
  url: string,
  hours: number,
): { readonly sojourn: Sojourn; readonly sender: Sender } {
  const sender = logoutSender({
    relyingParties: [{ clientId: 'shop', url }],
    retryAfter: ['1h', '1h'],
    clock: () => began + hours * 3_600_000,
  })
  const given = { issuer, secrets: [secret], environment: 'development', store } as const
  const sojourn = createSojourn({ ...given, algorithm: 'ES256', listeners: [sender.listener] })
  sender.start(sojourn)
  return { sojourn, sender }
}

async function waitingIn(store: Store): Promise<number> {
  let count = 0
  for await (const { items } of movablePages(store, undefined))
    count += items.filter(({ state }) => state.startsWith('{"t":"outbox"')).length
  return count
}

it('moves along with a copy, and what was told meanwhile is not told again', async () => {
  const folder = temporaryFolder()
  const office = await postOffice()
  const [from, to] = ['from.db', 'to.db'].map((name) => sqliteStore(join(folder.path, name))) as [
    ReturnType<typeof sqliteStore>,
    ReturnType<typeof sqliteStore>,
  ]
  const copy = async (...more: string[]): Promise<void> => {
    const args = ['sessions', 'copy', '--from', 'sqlite:from.db', '--to', 'sqlite:to.db', ...more]
    const variables = { SOJOURN_ISSUER: issuer, SOJOURN_SECRETS: secret, SOJOURN_AUDIT: 'off' }
    expect(await run(args, { folder: folder.path, variables })).toMatchObject({ status: 0 })
  }
  const signedOut = async ({ sojourn }: ReturnType<typeof node>, subject: string): Promise<string> => {
    const { session } = await sojourn.create({ subject })
    await sojourn.revoke(session.id)
    return session.id
  }
  const told = (): unknown[] =>
    office.posted.map(
      ({ body }) => opened(new URLSearchParams(body).get('logout_token') ?? '').payload['sid'],
    )

  office.answer((response) => void response.writeHead(500).end())
  const old = node(from, office.url, 0)
  const alice = await signedOut(old, 'alice')
  await until(() => office.posted.length === 1)
  await old.sender.close()
  await copy()
  expect([await waitingIn(from), await waitingIn(to)]).toEqual([1, 1])

  // The old server has told it before the last copy.
  office.answer((response) => void response.writeHead(200).end())
  const later = node(from, office.url, 3)
  await until(() => office.posted.length === 2 && later.sender.waiting === 0)
  await later.sender.close()
  // And it has not told of another one.
  office.answer((response) => void response.writeHead(500).end())
  const last = node(from, office.url, 0)
  const bob = await signedOut(last, 'bob')
  await until(() => office.posted.length === 3)
  await last.sender.close()
  await copy('--mirror')
  expect([await waitingIn(from), await waitingIn(to)]).toEqual([1, 1])

  office.answer((response) => void response.writeHead(200).end())
  const next = node(to, office.url, 6)
  await until(() => office.posted.length === 4 && next.sender.waiting === 0)
  await next.sender.close()
  expect(await waitingIn(to)).toBe(0)
  expect(told()).toEqual([alice, alice, bob, bob])

  for (const { sojourn } of [old, later, last, next]) sojourn.close()
  for (const store of [from, to]) await store.close()
  await office.close()
  folder.remove()
})
