// `npm run timing`: whether the time of a comparison tells how much of a guess is right. A report, no test: on a busy
// machine chance makes differences too. Run it again; what leaks is found each time, as the control is.
//
//   --samples n   how many measurements of each comparison. Default: 40,000
//   --json        the figures alone, for a program

import { parseArgs } from 'node:util'

import { table } from '../table.ts'
import { comparisons } from './comparisons.ts'
import { measure } from './measure.ts'

const { values } = parseArgs({
  options: { samples: { type: 'string', default: '40000' }, json: { type: 'boolean', default: false } },
})
const samples = Number(values.samples)
if (!Number.isInteger(samples) || samples < 100) throw new Error('--samples must be a whole number from 100')

const leaks = comparisons.map((comparison) => measure(comparison, samples))
console.log(
  values.json
    ? JSON.stringify(leaks, undefined, 2)
    : table(
        leaks.map(({ name, kind, early, late, t }) => ({
          comparison: kind === 'control' ? `${name} (must leak)` : name,
          'wrong at once, ns': early.toFixed(1),
          'wrong at the end, ns': late.toFixed(1),
          t: t.toFixed(1),
          so: Math.abs(t) < 5 ? 'no difference that repeats' : 'DIFFERENT',
        })),
      ),
)
