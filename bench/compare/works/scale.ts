// Whether an operation costs more where there are more sessions: the same on a store with a thousand and on one with a
// million, by turns. SOJOURN_BENCH_SESSIONS sets the larger number.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Opened } from '../../operations/stores.ts'
import { busy, elapsed, inTurn, loopAsync, type Meter } from '../loop.ts'
import { filled } from '../stores/filled.ts'
import { places, sojournOn } from '../stores/places.ts'
import type { Contender, Goal, Row, Work } from '../work.ts'

const few = 1000
const people = 500

export const row: Row = {
  variants: places,
  span: 120,
  warmUp: 600,

  async work(variant, { quick }): Promise<Work> {
    const many = Number(process.env['SOJOURN_BENCH_SESSIONS'] ?? (quick ? 10_000 : 1_000_000))
    const folder = mkdtempSync(join(tmpdir(), 'sojourn-scale-'))
    const small = await filled(variant, few, folder)
    const large = await filled(variant, many, folder)
    const meter = variant === 'memory' || variant === 'SQLite' ? busy : elapsed
    const [few_, many_] = [few, many].map((count) => `among ${count.toLocaleString('en')}`) as [
      string,
      string,
    ]
    const contenders = [...(await operations(large, many_, meter)), ...(await operations(small, few_, meter))]
    const goals = contenders
      .filter(({ name }) => name.endsWith(many_))
      .map(({ name }): Goal => ({ times: 1 / 1.5, than: name.replace(many_, few_), who: name }))
    return {
      row: 'scale',
      variant,
      title: `The same operation on ${variant} with ${few.toLocaleString('en')} and with ${many.toLocaleString('en')} sessions`,
      unit: 'µs',
      contenders,
      goals,
      async close() {
        await small.close()
        await large.close()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  },
}

async function operations(opened: Opened, among: string, meter: Meter): Promise<Contender[]> {
  const sojourn = sojournOn(opened)
  const subjects = Array.from({ length: people }, (_, number) => `person ${number}`)
  const issued = await Promise.all(subjects.map((subject) => sojourn.create({ subject })))
  const clients = issued.map(({ session, sessionToken }) => ({ id: session.id, sessionToken }))
  type Client = (typeof clients)[number]
  let next = 0
  const fresh = (count: number): readonly string[] =>
    Array.from({ length: count }, () => `newcomer ${next++}`)
  const contender = <Input>(
    name: string,
    once: (input: Input) => Promise<unknown>,
    inputs: (count: number) => readonly Input[],
  ): Contender => ({
    name: `${name} ${among}`,
    kind: 'ours',
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
