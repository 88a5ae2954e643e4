// What the log of an application tells: that somebody has signed in and out, and nothing that would let its reader in.

import type { Application } from './application.ts'
import { fail, notSeen, pass, unless, type Checks, type Finding } from './verdict.ts'

const signIns = /(sign|log)[-_ .]?(ged |ed )?(in|on)\b|session\.created|authenticat/i
const signOuts = /(sign|log)[-_ .]?(ged |ed )?(out|off)\b|session\.(ended|revoked)/i

export const logChecks: Checks<Application> = {
  eventsLogged: withLog((logged, { signedOut }) => {
    const missing = [
      ...(signIns.test(logged) ? [] : ['sign-ins']),
      ...(signOuts.test(logged) || !signedOut ? [] : ['sign-outs']),
    ]
    return missing.length > 0
      ? fail(`the log tells of no ${missing.join(' and no ')}`)
      : pass('the log tells of them')
  }),
  idsInLogs: withLog((logged, { values, powerful }) => {
    if (logged === '') return notSeen('nothing was logged')
    const found = powerful.filter(({ name }) =>
      values[name]?.some((value) => logged.includes(value) || logged.includes(decoded(value))),
    )
    return unless(
      found.map(({ name }) => `the value of ${name} is in the log`),
      `nothing that signs in, in ${Math.ceil(logged.length / 1024)} kB`,
    )
  }),
}

type LogCheck = (logged: string, signedIn: NonNullable<Application['signedIn']>) => Finding

function withLog(check: LogCheck): (seen: Application) => Finding {
  return ({ logged, signedIn }) =>
    logged === undefined || !signedIn ? notSeen('needs --sign-in and --log') : check(logged, signedIn)
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
