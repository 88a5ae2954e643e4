// A running application, seen from outside: what it answers to a visitor and, if the doctor may sign in, to somebody who
// is. Only facts; what they mean is for the checks.

import { followLog } from './log-file.ts'
import { scriptsOf } from './scripts.ts'
import type { SetCookie } from './set-cookie.ts'
import type { Plan } from './sign-in.ts'
import { observeSignedIn, type SignedIn } from './signed-in.ts'
import { Visitor, type Answer, type Site } from './visitor.ts'

export interface Application {
  readonly origin: URL
  readonly answers: readonly Answer[]
  /** The source of the front page and of scripts that it loads from the same origin. */
  readonly scripts: readonly string[]
  readonly signedIn: SignedIn | undefined
  /** What the application wrote to its log meanwhile; undefined where the doctor is not shown it. */
  readonly logged: string | undefined
}

/** Looks at an application. Rejects if it does not answer, or does not let the doctor in. */
export async function observeApplication(origin: URL, plan: Plan, ca?: string): Promise<Application> {
  const site: Site = { origin, answers: [], ...(ca === undefined ? {} : { ca }) }
  const logged = plan.log === undefined ? undefined : followLog(plan.log)
  const front = await new Visitor(site).ask('GET', '/')
  const scripts = await scriptsOf(front, new Visitor(site))
  const stranger = await new Visitor(site).ask('GET', plan.page)
  const again = await new Visitor(site).ask('GET', plan.page)
  const signedIn = plan.signIn && (await observeSignedIn(site, plan, [stranger, again]))
  return { origin, answers: site.answers, scripts, signedIn, logged: await logged?.() }
}

/** Every cookie that was set, by any answer. */
export function setCookiesOf({ answers }: Application): readonly (SetCookie & { readonly from: Answer })[] {
  return answers.flatMap((from) => from.setCookies.map((cookie) => ({ ...cookie, from })))
}
