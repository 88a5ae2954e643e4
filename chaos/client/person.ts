// What people do with their devices all day, chosen by chance: they look at pages, sometimes in several tabs at once,
// change things, go away until their access token is spent, sign out, and try afterwards what still works.

import type { Chance } from '../chance.ts'
import { instant, type Scope } from '../history.ts'
import { accessLifetime } from '../numbers.ts'
import type { Device, Ended } from './device.ts'

export interface Life {
  readonly chance: Chance
  readonly isOver: () => boolean
}

/** How often a device does what. Some people stay signed in, others come and go. */
const staying = {
  use: 42,
  tabs: 10,
  update: 18,
  promote: 5,
  read: 10,
  refresh: 8,
  rest: 1,
  signOut: 0.5,
  signInAgain: 0.5,
  haunt: 5,
}
const passing = { ...staying, signOut: 8, signInAgain: 3, rest: 0.2 }

export async function livePerson(device: Device, { chance, isOver }: Life): Promise<void> {
  const habits = chance.happens(0.5) ? staying : passing
  while (!isOver()) {
    await pass(chance.between(5, 160))
    if (device.session === undefined) await device.signIn()
    else await act(device, chance.weighted(habits), chance)
  }
}

async function act(device: Device, what: keyof typeof staying, chance: Chance): Promise<unknown> {
  switch (what) {
    case 'use':
      return device.use().then(({ result }) => renew(device, result))
    case 'tabs':
      return device.profile === 'cookie' ? Promise.all(device.nodes.map(() => device.use())) : device.use()
    case 'update':
      return device.update().then(({ result }) => renew(device, result))
    case 'promote':
      return device.promote().then(({ result }) => renew(device, result))
    case 'read':
      return device.read().then(({ result }) => renew(device, result))
    case 'refresh':
      return device.refresh()
    case 'rest':
      return pass(accessLifetime + 500)
    case 'signOut':
      return leave(device, chance)
    case 'signInAgain':
      return device.signIn()
    case 'haunt': {
      const { ended } = device
      return ended.length === 0 ? undefined : device.haunt(chance.one(ended))
    }
  }
}

/** What an application does whose access token was refused: it refreshes, once more when that has no answer. */
async function renew(device: Device, result: string): Promise<void> {
  if (result !== 'refused' || device.profile === 'cookie') return
  for (let attempt = 0; attempt < 3 && device.session !== undefined; attempt++) {
    if ((await device.refresh()).result !== 'unknown') return
    await pass(100)
  }
}

// ---------------------------------------------------------------------------------------------- leaving

/** Signs out, until somebody says that it is done, and then tries the access token everywhere. */
async function leave(device: Device, chance: Chance): Promise<void> {
  const scope: Scope = chance.weighted({ this: 8, others: 1, all: 1 })
  const node = device.anyNode()
  const others = device.nodes.filter((other) => other !== node)
  // So that it is no news to them, and only the feed can tell them that it has become worthless.
  const warm = await Promise.all(others.map((other) => device.showAccess(other)))
  for (let attempt = 0; attempt < 12; attempt++) {
    const told = await device.signOut(scope, attempt === 0 ? node : device.anyNode())
    if (told === undefined) return
    if (told.result === 'done') {
      const over = scope === 'others' ? undefined : device.ended.at(-1)
      if (over && told.node === node && warm.every((one) => one?.result === 'done'))
        await Promise.all(others.map((other) => untilRefused(device, other, over)))
      return
    }
    if (told.result === 'refused') await renew(device, 'refused')
    else await pass(chance.between(50, 400))
  }
}

async function untilRefused(device: Device, node: number, over: Ended): Promise<void> {
  const end = instant() + accessLifetime
  while (instant() < end) {
    const told = await device.showAccess(node, over)
    if (told?.result === 'refused') return
    if (told?.result === 'unknown') await pass(50)
  }
}

// ---------------------------------------------------------------------------------------------- when all is over

/** Tries everything that has ended once more, and reads what is there. Nothing is broken any more. */
export async function lookBack(device: Device): Promise<void> {
  for (const ended of device.ended) await device.haunt(ended)
  for (let attempt = 0; attempt < 20 && device.session !== undefined; attempt++) {
    const { result } = await device.read()
    if (result === 'done') return
    await renew(device, result)
    await pass(100)
  }
}

export function pass(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
