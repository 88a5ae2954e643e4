// Measures one work in a process of its own, where nothing else has been compiled or has left anything in the heap:
// `node --expose-gc one.ts verify ES256 '{"rounds":11,…}'`. Prints the figure as JSON.

import { measure, type Rounds } from './measure.ts'
import { rows } from './rows.ts'

const [name = '', variant = '', how = '{}'] = process.argv.slice(2)
const { quick, ...rounds } = JSON.parse(how) as Rounds & { readonly quick: boolean }
const load = rows[name]
if (!load) throw new Error(`There is no row named ${name}`)
const { row } = await load()
const work = await row.work(variant, { quick })
try {
  console.log(JSON.stringify(await measure(work, rounds)))
} finally {
  await work.close?.()
}
