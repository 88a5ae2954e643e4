// `sojourn keys`: the signing keys in the store. Only what is public of them is ever shown.

import { note, printJson, printList, shortTime, type Column } from './output.ts'
import { within, type Within } from './within.ts'

type Flags = Readonly<Record<string, unknown>> & { readonly json?: boolean }
type Key = Awaited<ReturnType<Within['sojourn']['keys']['list']>>[number]

const columns: readonly Column<Key>[] = [
  { title: 'KEY', of: ({ kid }) => kid },
  { title: 'ALGORITHM', of: ({ algorithm }) => algorithm },
  { title: 'PHASE', of: ({ phase }) => phase },
  { title: 'SIGNS FROM (UTC)', of: ({ activeFrom }) => shown(activeFrom) },
  { title: 'TO', of: ({ retiresAt }) => shown(retiresAt) },
  { title: 'PUBLISHED TO', of: ({ goneAt }) => shown(goneAt) },
]

function shown(at: number | undefined): string {
  return at === undefined ? '' : shortTime(at)
}

export function listKeys(flags: Flags): Promise<number> {
  return within(flags, async ({ sojourn }) => {
    await print(sojourn, flags)
    return 0
  })
}

export interface RotateFlags extends Flags {
  readonly atOnce?: boolean
  readonly yes?: boolean
}

/** Brings the next key ahead of the schedule; `atOnce` ends every token that earlier ones have signed. */
export async function rotateKeys(flags: RotateFlags): Promise<number> {
  const { atOnce = false, yes = false } = flags
  if (atOnce && !yes) {
    note(
      '--at-once makes every access token worthless until its client has refreshed: say --yes if you mean it.',
    )
    return 2
  }
  return within(flags, async ({ sojourn }) => {
    await sojourn.keys.rotate({ atOnce })
    await print(sojourn, flags)
    if (!flags.json)
      note(atOnce ? 'One new key signs from now on.' : 'The next key is published, and signs in an hour.')
    return 0
  })
}

export interface ClaimFlags extends Flags {
  readonly yes?: boolean
}

/** Says that the environment of the settings has the secrets from now on, whichever had them before. */
export async function claimSecrets({ yes = false, ...flags }: ClaimFlags): Promise<number> {
  return within(flags, async ({ sojourn, settings: { environment } }) => {
    const others = (await sojourn.secrets.owners()).filter((one) => one !== undefined && one !== environment)
    if (others.length > 0 && !yes) {
      note(
        `The store has a secret as that of the environment ${JSON.stringify(others[0])}, whose servers are refused from then on: say --yes if it is called ${JSON.stringify(environment)} now.`,
      )
      return 2
    }
    await sojourn.secrets.claim({ takeOver: yes })
    if (flags.json) printJson({ environment })
    else note(`The secrets belong to the environment ${JSON.stringify(environment)}.`)
    return 0
  })
}

async function print(sojourn: Within['sojourn'], { json = false }: Flags): Promise<void> {
  printList(await sojourn.keys.list(), { columns, isJson: json, none: 'There are no keys.' })
}
