// Which parts of a session of express-session go where in one of ours: what an operator says with --subject, --claims
// and --data.

import { SojournError, type FormerSession } from 'sojourn'

export type Facts = Readonly<Record<string, unknown>>

export interface PickFlags {
  /** A path to the name of the user, such as `passport.user`. */
  readonly subject: string
  /** `role=user.role,plan=plan`. Default: none. */
  readonly claims?: string
  /** Members to take over, such as `basket,locale`. Default: all but the cookie. */
  readonly data?: string
}

export type Pick = (session: Facts) => FormerSession<Facts, Facts>['signIn'] | undefined

/** Reads the flags; the result gives undefined for a session in which nobody is signed in. Throws `request_malformed`. */
export function pickBy({ subject, claims = '', data }: PickFlags): Pick {
  const subjectAt = pathIn(subject, '--subject')
  const claimsAt = listIn(claims).map((pair) => {
    const [name = '', path] = pair.split('=')
    if (name === '' || path === undefined) throw mistake(`--claims is ${pair}; write NAME=PATH,NAME=PATH`)
    return [name, pathIn(path, '--claims')] as const
  })
  const members = data === undefined ? undefined : listIn(data)
  return (session) => {
    const who = at(session, subjectAt)
    if (who === undefined || who === null || who === '') return undefined
    if (typeof who !== 'string' && typeof who !== 'number')
      throw mistake(`${subject} is neither text nor a number: --subject names a path to the user's id`)
    const taken = claimsAt.map(([name, path]) => [name, at(session, path)] as const)
    const { cookie, ...rest } = session
    return {
      subject: String(who),
      claims: Object.fromEntries(taken.filter(([, value]) => value !== undefined && value !== null)),
      data: members ? Object.fromEntries(members.flatMap((name) => memberOf(rest, name))) : rest,
      // A cookie that was to outlive the browser goes on doing so.
      remember: typeof at({ cookie }, ['cookie', 'originalMaxAge']) === 'number',
    }
  }
}

function memberOf(facts: Facts, name: string): [string, unknown][] {
  return Object.hasOwn(facts, name) ? [[name, facts[name]]] : []
}

function listIn(text: string): readonly string[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
}

function pathIn(text: string, flag: string): readonly string[] {
  const path = text.split('.')
  if (path.includes('')) throw mistake(`${flag} is no path; write it with dots, such as passport.user`)
  return path
}

function at(facts: Facts, path: readonly string[]): unknown {
  let value: unknown = facts
  for (const name of path)
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? (value as Facts)[name]
        : undefined
  return value
}

function mistake(detail: string): SojournError {
  return new SojournError('request_malformed', { detail: `${detail}.` })
}
