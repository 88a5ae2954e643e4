// `sojourn data-keys`: the keys under which the data of sessions is encrypted.

import { SettingsError } from '../settings.ts'
import { note, printJson } from './output.ts'
import { caller, within, type Within } from './within.ts'

type Flags = Readonly<Record<string, unknown>> & { readonly json?: boolean; readonly yes?: boolean }

const slice = 500
const usage = 2

/** Renews until nothing is left. The exit status is 1 if there was something that no secret opens. */
export function renewKeys(flags: Flags): Promise<number> {
  return within(flags, async (given) => {
    const { dataKeys } = encrypted(given)
    const total = { rewrapped: 0, resealed: 0, unreadable: 0 }
    let again = true
    for (let done = false; !done;) {
      const renewed = await dataKeys.renew({ again, budget: slice })
      for (const name of ['rewrapped', 'resealed', 'unreadable'] as const) total[name] += renewed[name]
      ;({ done } = renewed)
      again = false
    }
    const { rewrapped, resealed, unreadable } = total
    if (flags.json) printJson(total)
    else
      note(
        `Keys wrapped anew: ${rewrapped}, sessions encrypted anew: ${resealed}, unreadable: ${unreadable}.`,
      )
    return unreadable > 0 ? 1 : 0
  })
}

/** A new key for one subject. */
export function rotateKey(subject: string, flags: Flags): Promise<number> {
  return within(flags, async (given) => {
    const rotated = await encrypted(given).dataKeys.rotate(subject)
    if (flags.json) printJson({ rotated })
    else note(rotated ? 'There is a new key.' : 'This subject has no key.')
    return 0
  })
}

/** Makes the data of a subject unreadable for ever and ends its sessions. May be run again, also after it was broken off. */
export async function dropKey(subject: string, flags: Flags): Promise<number> {
  if (flags.yes !== true) {
    note(
      'This makes their data unreadable for ever, in backups of the sessions too, and signs them out everywhere: say --yes if you mean it. To forget all about them: sojourn subjects erase',
    )
    return usage
  }
  return within(flags, async (given) => {
    const by = { kind: 'command', name: caller() } as const
    const { hadKey, sessions } = await encrypted(given).dataKeys.drop(subject, by)
    if (flags.json) printJson({ hadKey, sessions: sessions.length })
    else
      note(
        `${hadKey ? 'The key is gone' : 'This subject has no key'}; sessions that were ended: ${sessions.length}.`,
      )
    return 0
  })
}

function encrypted({ sojourn, settings }: Within): Within['sojourn'] {
  if (settings.encryption) return sojourn
  throw new SettingsError(['SOJOURN_DATA_SECRETS is missing: the data of sessions is not encrypted'])
}
