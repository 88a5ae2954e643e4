// `sojourn sessions explain`: why somebody was signed out, in plain words.

import { note, printable, printJson, shortTime } from './output.ts'
import { caller, within } from './within.ts'

type Flags = Readonly<Record<string, unknown>> & { readonly json?: boolean }

/** Prints what the trail tells of a session; the exit status is 1 if it does not know it. */
export function explainSession(id: string, flags: Flags): Promise<number> {
  return within(flags, async ({ sojourn, trail }) => {
    const isLive = (await sojourn.find(id)) !== undefined
    const explanation = await trail().explain(caller(), id, isLive)
    if (!explanation) {
      note(`The audit trail knows no session ${JSON.stringify(id.slice(0, 64))}.`)
      return 1
    }
    if (flags.json) printJson({ ...explanation, isLive })
    else {
      for (const { at, text } of explanation.story) console.log(`${shortTime(at)}  ${printable(text)}`)
      console.log(`\n${printable(explanation.summary)}`)
    }
    return 0
  })
}
