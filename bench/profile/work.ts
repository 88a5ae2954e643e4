// One contender of one work, for some seconds: `work.ts verify ES256 Sojourn 5`.

import { rows } from '../compare/rows.ts'

const [name = '', variant = '', who = '', seconds = '5'] = process.argv.slice(2)
const load = rows[name]
if (!load) throw new Error(`There is no row named ${name}. There are: ${Object.keys(rows).join(', ')}`)
const { row } = await load()
const work = await row.work(variant === '' ? row.variants[0]! : variant, { quick: true })
try {
  const contender = work.contenders.find((each) => (who === '' ? each.kind === 'ours' : each.name === who))
  if (!contender)
    throw new Error(`There is no ${who}. There are: ${work.contenders.map((each) => each.name).join(', ')}`)
  await contender.prove()
  const cost = await contender.measure(Number(seconds) * 1000)
  console.log(`${work.title}, ${contender.name}: ${cost.toFixed(2)} ${work.unit}\n`)
} finally {
  await work.close?.()
}
// What the profile says is in the files once the process has ended.
process.exit()
