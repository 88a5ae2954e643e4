// `sojourn sweep`: remove what has expired, now. The server does so once a minute; after a long pause there is more to do
// than it should do beside requests.

import { progress } from '@clack/prompts'

import { isWatched, note, printJson } from './output.ts'
import { within } from './within.ts'

export interface SweepFlags extends Readonly<Record<string, unknown>> {
  readonly dryRun?: boolean
  readonly json?: boolean
}

const slice = 500

export function sweepStore(flags: SweepFlags): Promise<number> {
  return within(flags, async ({ sojourn, store }) => {
    const expired = (await sojourn.stats())?.expired ?? 0
    if (!('sweep' in store.store)) {
      if (flags.json) printJson({ removed: 0, expired: 0 })
      else note('This store forgets by itself what has expired.')
      return 0
    }
    if (flags.dryRun) {
      if (flags.json) printJson({ removed: 0, expired })
      else note(`${expired} would be removed.`)
      return 0
    }
    const bar =
      isWatched() && !flags.json && expired > 0
        ? progress({ max: expired, output: process.stderr })
        : undefined
    bar?.start('Removing what has expired')
    let removed = 0
    for (let done = false; !done;) {
      const swept = await sojourn.sweep({ budget: slice })
      removed += swept.removed
      done = swept.done
      bar?.advance(swept.removed, `Removed ${removed}`)
    }
    bar?.stop(`Removed ${removed}`)
    if (flags.json) printJson({ removed, expired: 0 })
    else if (!bar) note(`Removed ${removed}.`)
    return 0
  })
}
