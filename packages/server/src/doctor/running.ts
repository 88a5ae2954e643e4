// The doctor on the server that asks him: the settings with which it runs, and a look into its store. Looking opens a
// connection of its own, so what was seen is told again for half a minute.

import type { Credentials } from '../credentials-file.ts'
import { readKeptCredentials } from '../credentials-file.ts'
import type { ServerSettings } from '../settings.ts'
import { lookAtStore, policyOf } from './settings.ts'
import { settingsChecks } from './settings-checks.ts'
import { judge, type Judged } from './verdict.ts'

const toldFor = 30_000

/** Judges a running server. Never rejects: a store that cannot be looked at is a finding. */
export function doctorOf(
  settings: ServerSettings,
  { secrets, apiKey }: Credentials,
): () => Promise<readonly Judged[]> {
  let told: { readonly until: number; readonly table: Promise<readonly Judged[]> } | undefined
  const look = async (): Promise<readonly Judged[]> => {
    const seen = {
      settings: { ...settings, secrets, apiKey },
      faults: [],
      kept: keptIn(settings.home),
      policy: policyOf(settings),
      store: await lookAtStore(settings, {}),
    }
    return judge(seen, settingsChecks, 'seen at a running application only: sojourn doctor --url')
  }
  return () => {
    if (!told || performance.now() > told.until) told = { until: performance.now() + toldFor, table: look() }
    return told.table
  }
}

function keptIn(home: string): Credentials | undefined {
  try {
    return readKeptCredentials(home)
  } catch {
    // A file that cannot be read is not what the server runs with.
    return undefined
  }
}
