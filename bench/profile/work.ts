// One contender of one work, for some seconds: `work.ts verify ES256 Sojourn 5 folder`. Profiles of these seconds, without what
// was prepared for them, go into the folder; without one somebody else writes them.

import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { join } from 'node:path'

import { rows } from '../compare/rows.ts'

const microseconds = 250

const [name = '', variant = '', who = '', seconds = '5', folder = ''] = process.argv.slice(2)
const load = rows[name]
if (!load) throw new Error(`There is no row named ${name}. There are: ${Object.keys(rows).join(', ')}`)
const { row } = await load()
const work = await row.work(variant === '' ? row.variants[0]! : variant, { quick: true })
try {
  const contender = work.contenders.find((each) => (who === '' ? each.kind === 'ours' : each.name === who))
  if (!contender)
    throw new Error(`There is no ${who}. There are: ${work.contenders.map((each) => each.name).join(', ')}`)
  await contender.prove()
  const measure = (): Promise<number> => contender.measure(Number(seconds) * 1000)
  const cost = folder === '' ? await measure() : await profiled(measure)
  console.log(`${work.title}, ${contender.name}: ${cost.toFixed(2)} ${work.unit}\n`)
} finally {
  await work.close?.()
}
process.exit()

async function profiled<T>(run: () => Promise<T>): Promise<T> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: microseconds })
  await session.post('HeapProfiler.startSampling')
  await session.post('Profiler.start')
  const result = await run()
  const cpu = await session.post('Profiler.stop')
  const heap = await session.post('HeapProfiler.stopSampling')
  writeFileSync(join(folder, `${name}.cpuprofile`), JSON.stringify(cpu.profile))
  writeFileSync(join(folder, `${name}.heapprofile`), JSON.stringify(heap.profile))
  return result
}
