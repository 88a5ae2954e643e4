// A process with several people and their devices: `node chaos/client/main.ts <ClientConfig as JSON>`. They live until
// its standard input ends; then they look back at what has ended and what is left, and the process ends.

import { chanceFor } from '../chance.ts'
import { openPen } from '../history.ts'
import { Backend } from './backend.ts'
import { liveCrowd } from './crowd.ts'
import { Device, type World } from './device.ts'
import { livePerson, lookBack } from './person.ts'

export interface ClientConfig {
  readonly name: string
  /** Of the nodes. */
  readonly ports: readonly number[]
  readonly seed: number
  readonly folder: string
  /** People with one device. */
  readonly people: number
  /** People with two devices, of which other processes have more: they share the names. */
  readonly families: number
}

const { name, ports, seed, folder, people, families } = JSON.parse(process.argv[2] ?? '') as ClientConfig
let isOver = false
process.stdin.resume().on('end', () => void (isOver = true))

const pen = openPen(folder, name)
const worldOf = (...who: readonly string[]): World => ({ ports, pen, chance: chanceFor(seed, name, ...who) })
const numbered = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at)
const profileOf = (at: number): 'cookie' | 'bearer' => (at % 2 === 0 ? 'cookie' : 'bearer')

const devices = [
  ...numbered(people).map((at) => {
    const who = `${name}-person-${at}`
    return new Device(who, who, profileOf(at), worldOf(who))
  }),
  // With two processes a family has two devices, less than it may have sessions.
  ...numbered(families).map((at) => {
    const who = `${name}-family-${at}`
    return new Device(who, `family-${at}`, profileOf(at), worldOf(who))
  }),
]
const backend = new Backend(`${name}-backend`, worldOf('backend'))
const lifeOf = (...who: readonly string[]) => ({
  chance: chanceFor(seed, name, ...who),
  isOver: () => isOver,
})

await Promise.all([
  ...devices.map((device) => livePerson(device, lifeOf(device.name, 'life'))),
  backend.live(devices, lifeOf('backend', 'life')),
  liveCrowd(`${name}-crowd`, worldOf('crowd'), backend, lifeOf('crowd', 'life')),
])
await Promise.all(devices.map((device) => lookBack(device)))
pen.close()
process.exit(0)
