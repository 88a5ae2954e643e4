// `npm run bench:charts`: draws the charts and fills the tables again from bench/results/compare.json, without measuring.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Results } from '../compare/machine.ts'
import { publish } from './publish.ts'

publish(JSON.parse(readFileSync(join(import.meta.dirname, '../results/compare.json'), 'utf8')) as Results)
