import { expect, it } from 'vitest'
import { walkOnNode } from '../../walk.ts'

it('h3: people sign in, are kept from what is not theirs, and sign out', async () => {
  expect(await walkOnNode(import.meta.dirname)).toEqual(['p2', 'p1'])
})
