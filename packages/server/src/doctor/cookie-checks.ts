// The cookies that an application sets: their attributes, whether a browser takes them, and whether they are one.

import { setCookiesOf, type Application } from './application.ts'
import { clears, type SetCookie } from './set-cookie.ts'
import { fail, notSeen, pass, unless, type Checks } from './verdict.ts'

export const cookieChecks: Checks<Application> = {
  cookieFlags(application) {
    const cookies = ofSessions(application)
    if (cookies.length === 0) return notSeen('no cookie of a session was set')
    const names = [...new Set(cookies.map(({ name }) => name))]
    const faults = names.flatMap((name) => {
      const own = cookies.filter((cookie) => cookie.name === name)
      const missing = [
        ...(own.every(({ isHttpOnly }) => isHttpOnly) ? [] : ['HttpOnly']),
        ...(own.every(({ isSecure }) => isSecure) ? [] : ['Secure']),
        ...(own.every(({ sameSite }) => sameSite === 'lax' || sameSite === 'strict') ? [] : ['SameSite=Lax']),
      ]
      return missing.length === 0 ? [] : [`${name} lacks ${missing.join(', ')}`]
    })
    return unless(faults, names.join(', '))
  },
  dropped(application) {
    const { origin, signedIn } = application
    const faults = setCookiesOf(application).flatMap((cookie) => {
      const why = whyDropped(cookie, origin)
      return why === undefined ? [] : [`${cookie.name}: ${why}`]
    })
    if (faults.length > 0) return unless(faults, '')
    if (!signedIn) return notSeen('needs --sign-in')
    if (signedIn.issued.length === 0)
      return fail(`the sign-in answers ${signedIn.status} and gives neither a cookie nor a token`)
    if (signedIn.isIn === false) return fail('a stranger on the request after the sign-in')
    return signedIn.isIn ? pass('kept from the sign-in to the next request') : notSeen(cannotTell)
  },
  twice(application) {
    const cookies = setCookiesOf(application)
    if (cookies.length === 0) return notSeen('no cookie was set')
    const within = application.answers.flatMap(({ setCookies, method, path }) => {
      const names = setCookies.map(({ name }) => name)
      return names
        .filter((name, at) => names.indexOf(name) !== at)
        .map((name) => `${method} ${path} sets ${name} twice`)
    })
    const places = new Map<string, Set<string>>()
    for (const { name, path, domain, from } of cookies)
      places.set(
        name,
        (places.get(name) ?? new Set()).add(`${domain ?? ''} ${path ?? defaultPath(from.path)}`),
      )
    const apart = [...places]
      .filter(([, set]) => set.size > 1)
      .map(([name]) => `${name} has several paths or domains`)
    return unless([...within, ...apart], 'each has one path and one domain')
  },
}

export const cannotTell = 'pages look the same to all: name with --page one that only the signed-in see'

/** The cookies that sign in or, where that cannot be told, all that were set at a sign-in or before. */
function ofSessions(application: Application): readonly SetCookie[] {
  const powerful = new Set(application.signedIn?.powerful.map(({ name }) => name))
  const set = setCookiesOf(application).filter((cookie) => !clears(cookie))
  if (powerful.size > 0) return set.filter(({ name }) => powerful.has(name))
  return set.filter(({ name }) => /sess|sid|auth|token|jwt|access|refresh|visitor/i.test(name))
}

// RFC 6265bis §5.7: what a browser does not keep.
function whyDropped(cookie: SetCookie, { protocol, hostname }: URL): string | undefined {
  const { name, value, isSecure, sameSite, domain, path } = cookie
  if (name.length + value.length > 4096) return 'longer than the 4096 characters that browsers keep'
  if (isSecure && protocol !== 'https:') return 'Secure, but set over plain HTTP'
  if (/^__(Host|Secure)-/i.test(name) && !isSecure) return 'its prefix needs Secure'
  if (/^__Host-/i.test(name) && (path !== '/' || domain !== undefined))
    return 'its prefix needs Path=/ and no Domain'
  if (sameSite === 'none' && !isSecure) return 'SameSite=None needs Secure'
  if (domain !== undefined && domain !== hostname && !hostname.endsWith(`.${domain}`))
    return 'its Domain is another one'
  return undefined
}

function defaultPath(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')))
}
