// Whether an operation costs more where there are more sessions: the same on a store with a thousand, on one with a hundred
// thousand and on one with ten million, by turns.
//
// What finds its entry by hashing should cost the same; what finds it in a tree may cost more with each level, and the
// levels grow with the logarithm of the number.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Opened } from '../../operations/stores.ts'
import { busy, elapsed, inTurn, loopAsync, type Meter } from '../loop.ts'
import { filled } from '../stores/filled.ts'
import { places, sojournOn } from '../stores/places.ts'
import { sessionsOf, type Contender, type Goal, type Row, type Work } from '../work.ts'

const few = 1000
const some = 100_000
const people = 500
const trees = new Set(['SQLite', 'PostgreSQL'])

export const row: Row = {
  variants: places,
  span: 120,
  warmUp: 600,
  // The collector runs before each turn, and looks through all that there is in memory.
  rounds: 7,
  heap: 16_384,

  async work(variant, options): Promise<Work> {
    const many = sessionsOf(options, 10_000_000)
    if (many <= few)
      throw new Error(`Among ${shown(many)} nothing can be seen of scale: take more than ${shown(few)}`)
    const sizes = [few, some].filter((size) => size < many).concat(many)
    const folder = mkdtempSync(join(tmpdir(), 'sojourn-scale-'))
    const meter = variant === 'memory' || variant === 'SQLite' ? busy : elapsed
    const opened: Opened[] = []
    const contenders: Contender[] = []
    for (const size of sizes) {
      const store = await filled(variant, size, folder)
      opened.push(store)
      contenders.push(...(await operations(store, size, meter)))
    }
    const isTree = trees.has(variant)
    const times = isTree ? Math.log(few) / Math.log(many) : 1 / 1.5
    return {
      row: 'scale',
      variant,
      title: `The same operation on ${variant} with ${sizes.map(shown).join(', ')} sessions`,
      unit: 'µs',
      contenders,
      goals: names.map((name): Goal => ({ times, than: among(few, name), who: among(many, name) })),
      note: isTree
        ? `An index has more levels, so it may cost log ${shown(many)} / log ${shown(few)} as much: ${(1 / times).toFixed(2)} times.`
        : 'It may cost 1.5 times as much.',
      async close() {
        for (const each of opened) await each.close()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  },
}

const names = ['find', 'refresh', 'list', 'create'] as const
type Operation = (typeof names)[number]

function among(size: number, operation: Operation): string {
  return `${operation} among ${shown(size)}`
}

function shown(count: number): string {
  return count.toLocaleString('en')
}

async function operations(opened: Opened, size: number, meter: Meter): Promise<Contender[]> {
  const sojourn = sojournOn(opened)
  const subjects = Array.from({ length: people }, (_, number) => `person ${number}`)
  const issued = await Promise.all(subjects.map((subject) => sojourn.create({ subject })))
  const clients = issued.map(({ session, sessionToken }) => ({ id: session.id, sessionToken }))
  type Client = (typeof clients)[number]
  let next = 0
  const fresh = (count: number): readonly string[] =>
    Array.from({ length: count }, () => `newcomer ${next++}`)
  const contender = <Input>(
    name: Operation,
    once: (input: Input) => Promise<unknown>,
    inputs: (count: number) => readonly Input[],
  ): Contender => ({
    name: among(size, name),
    kind: 'ours',
    question: name,
    async prove() {
      if (!(await once(inputs(1)[0]!))) throw new Error(`${name} gives nothing`)
    },
    measure: loopAsync(once, inputs, { meter }),
  })
  return [
    contender('find', (client: Client) => sojourn.find(client.id), inTurn(clients)),
    contender(
      'refresh',
      async (client: Client) =>
        (client.sessionToken = (await sojourn.refresh(client.sessionToken)).sessionToken),
      inTurn(clients),
    ),
    contender('list', (subject: string) => sojourn.list(subject), inTurn(subjects)),
    contender('create', (subject: string) => sojourn.create({ subject }), fresh),
  ]
}
