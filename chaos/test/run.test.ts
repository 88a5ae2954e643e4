// The short form of `npm run chaos`, on every store: a few seconds each, in which each promise is put to the test. The
// figures that mean something come from long runs: see docs/guides/chaos.md.

import { describe, expect, it } from 'vitest'

import { has } from '../../tools/services.mjs'
import { brokenIn, reportOn, type Report } from '../check/report.ts'
import { play } from '../stage/play.ts'
import { control, settings, type Setting } from '../stage/settings.ts'
import { tableOf } from '../table.ts'

// Long enough for two faults; a fail-over takes its time.
const seconds: Readonly<Record<string, number>> = { memory: 4, control: 5, 'redis-cluster-writes': 9 }

async function run(setting: Setting): Promise<{ report: Report; crashes: readonly string[] }> {
  const { history, crashes } = await play(setting, {
    seconds: seconds[setting.name] ?? 6,
    seed: 11,
    clients: 2,
    nodes: 3,
  })
  return { report: reportOn(history), crashes }
}

// Of the clusters the one that promises everything; the others are for long runs.
const tested = settings.filter(({ name }) => !['redis-cluster', 'redis-cluster-wait'].includes(name))

describe('a history of sign-ins, changes and sign-outs while things break', () => {
  for (const setting of tested) {
    const isHere = setting.needs === undefined || has(setting.needs)
    it.skipIf(!isHere)(`P19 P36 breaks no promise of ${setting.name}`, { timeout: 150_000 }, async () => {
      const { report, crashes } = await run(setting)
      expect(brokenIn(report, setting.promises)).toEqual([])
      expect(crashes).toEqual([])
      // A history in which nothing was asked or broken would prove nothing.
      expect(Object.keys(report.faults)).not.toEqual([])
      expect(report.findings.filter(({ cases }) => cases === 0)).toEqual([])
      expect(tableOf([{ setting, report }])).toContain(` ${setting.name} |\n`)
    })
  }

  it('finds a fault that was planted in a store', { timeout: 150_000 }, async () => {
    const { report } = await run(control)
    expect(brokenIn(report, control.promises)).not.toEqual([])
  })
})
