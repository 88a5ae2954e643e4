// The life of a session: it begins anew at a sign-in, changes nothing for another site, and ends at a sign-out.

import type { Application } from './application.ts'
import { cannotTell } from './cookie-checks.ts'
import { fail, notSeen, pass, type Checks } from './verdict.ts'

export const sessionChecks: Checks<Application> = {
  fixation({ signedIn }) {
    if (!signedIn) return notSeen('needs --sign-in')
    const { before, planted, hadAny } = signedIn.fixed
    if (before) return fail('the cookies of before the sign-in are signed in by it')
    if (planted) return fail('a cookie that somebody else has planted is signed in')
    if (!hadAny) return notSeen('no cookie was given')
    return before === false || planted === false
      ? pass('neither cookies of before the sign-in nor planted ones are signed in')
      : notSeen(cannotTell)
  },
  csrf({ signedIn }) {
    if (!signedIn?.crossSite) return notSeen('needs --sign-in with cookies, and --sign-out or --change')
    const { what, status, isStillIn, isSignOut } = signedIn.crossSite
    if (what.startsWith('GET ')) return fail(`${what} changes something, and any link can ask for it`)
    // Some lead to a sign-in page instead of refusing.
    if (status >= 300 && status < 400 && isSignOut && isStillIn)
      return notSeen(`${what} from another site answers ${status}, and the session is still there`)
    if (status < 400) return fail(`${what} from another site, without a token, answers ${status}`)
    if (status === 404 || status === 405) return notSeen(`${what} answers ${status}`)
    if (isStillIn === false) return fail(`${what} answers ${status}, and yet the session is gone`)
    return pass(`${what} from another site, without a token, answers ${status}`)
  },
  signOut({ signedIn }) {
    if (!signedIn?.signedOut) return notSeen('needs --sign-in and --sign-out')
    const { status, isStillIn, kept } = signedIn.signedOut
    if (status >= 400) return fail(`the sign-out answers ${status}`)
    const powerful = kept.filter((name) => signedIn.powerful.some((one) => one.name === name))
    const faults = [
      ...(isStillIn ? ['what signed in before still signs in'] : []),
      ...(powerful.length > 0 ? [`${powerful.join(', ')} stays in the browser`] : []),
    ]
    if (faults.length > 0) return fail(faults.join('; '))
    return isStillIn === undefined
      ? notSeen(cannotTell)
      : pass('ended on the server, and the cookies are gone')
  },
}
