import { expect, it } from 'vitest'
import { walkOnNode } from '../../walk.ts'

const paths = { signIn: '/trpc/signIn', me: '/trpc/me', admin: '/trpc/admin', signOut: '/trpc/signOut' }

it('tRPC: people sign in, are kept from what is not theirs, and sign out', async () => {
  expect(await walkOnNode(import.meta.dirname, paths)).toEqual(['p2', 'p1'])
})
