// `sojourn sessions import-express`: the sessions of express-session become sessions of ours, ahead of their people, who
// keep their cookie and are handed ours when they come next (`adoptImported` in sojourn/express).

import { openFormerStore } from '../former/open-former-store.ts'
import { importFormer, type Imported } from '../former/import.ts'
import { pickBy, type PickFlags } from '../former/pick.ts'
import { otherStore } from './other-store.ts'
import { note, printJson } from './output.ts'
import { startProgress } from './progress.ts'
import { within } from './within.ts'

type Flags = Readonly<Record<string, unknown>>

export interface ImportExpressFlags extends Flags, PickFlags {
  readonly from?: string
  readonly prefix?: string
  readonly table?: string
  readonly endAbsent?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** The exit status is 1 if sessions were refused. */
export function importExpress(flags: ImportExpressFlags): Promise<number> {
  return within(flags, async ({ sojourn }) => {
    const pick = pickBy(flags)
    const { prefix, table, endAbsent = false, dryRun = false, json = false } = flags
    const former = await openFormerStore(otherStore('from', flags.from).location, {
      ...(prefix === undefined ? {} : { prefix }),
      ...(table === undefined ? {} : { table }),
    })
    try {
      const bar = startProgress({ doing: 'Importing sessions', total: await former.count() })
      const onProgress = (count: number): void => bar.advance(count)
      const imported = await importFormer({ sojourn, former, pick, endAbsent, dryRun, onProgress })
      bar.stop()
      if (json) printJson(imported)
      else tell(imported, dryRun)
      return imported.refused === 0 ? 0 : 1
    } finally {
      await former.close()
    }
  })
}

function tell(imported: Imported, dryRun: boolean): void {
  const { brought, renewed, takenOver, ended, expired, nobody, refused, shortened, endedAbsent } = imported
  note(
    `${dryRun ? 'Would import' : 'Imported'} ${brought}; renewed ${renewed}, already taken over ${takenOver}, ended here ${ended}, expired ${expired}, with nobody signed in ${nobody}.`,
  )
  if (endedAbsent > 0) note(`Ended ${endedAbsent} that are gone there.`)
  if (shortened > 0)
    note(`${shortened} end here sooner than there, by the policy: see docs/guides/express-session.md.`)
  if (refused > 0) note(`Refused ${refused}. ${imported.reasons.join(' ')}`)
}
