// `sojourn migrate`: bring the schema of the store up to date. The server does so at its start too; whoever deploys many
// servers at once, or gives the server no right to change tables, does it before.

import { printJson, note } from './output.ts'
import { within } from './within.ts'

export function migrate(
  flags: Readonly<Record<string, unknown>> & { readonly json?: boolean },
): Promise<number> {
  return within(flags, async ({ store }) => {
    // It has been opened, and opening it does it.
    if (flags.json) printJson({ store: store.shown, isUpToDate: true })
    else note(`Up to date: ${store.shown}.`)
    return 0
  })
}
