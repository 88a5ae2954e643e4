// Many sign-ins of one person at the same moment, on all nodes: how many sessions are there once all are answered?

import type { Backend } from './backend.ts'
import { Device, type World } from './device.ts'
import { pass, type Life } from './person.ts'

const atOnce = 6

export async function liveCrowd(
  name: string,
  world: World,
  backend: Backend,
  { chance, isOver }: Life,
): Promise<void> {
  for (let crowd = 0; !isOver(); crowd++) {
    await pass(chance.between(200, 600))
    const subject = `${name}-${crowd}`
    for (let round = 0; round < 2 && !isOver(); round++) {
      const devices = Array.from(
        { length: atOnce },
        (_, at) => new Device(`${subject}-${round}-${at}`, subject, 'bearer', world),
      )
      await Promise.all(devices.map((device) => device.signIn()))
      await backend.list(subject)
      await backend.list(subject)
      for (const device of devices) device.close()
    }
  }
}
