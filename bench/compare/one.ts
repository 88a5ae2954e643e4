// Measures one work in a process of its own, where nothing else has been compiled or has left anything in the heap:
// `node --expose-gc one.ts verify ES256 '{"rounds":11,…}'`. Prints the figure as JSON.

import { measure, type Rounds } from './measure.ts'
import { rows } from './rows.ts'
import type { WorkOptions } from './work.ts'

const [name = '', variant = '', how = '{}'] = process.argv.slice(2)
const options = JSON.parse(how) as Rounds & WorkOptions
const load = rows[name]
if (!load) throw new Error(`There is no row named ${name}`)
const { row } = await load()
const work = await row.work(variant, options)
try {
  console.log(JSON.stringify(await measure(work, options)))
} finally {
  await work.close?.()
}
