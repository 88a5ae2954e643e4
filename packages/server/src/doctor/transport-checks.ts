// How credentials travel, and what caches and logs on the way would keep of them.

import { setCookiesOf, type Application } from './application.ts'
import { fail, notSeen, pass, unless, type Checks } from './verdict.ts'
import type { Answer } from './visitor.ts'

export const transportChecks: Checks<Application> = {
  https({ origin, answers }) {
    if (origin.protocol !== 'https:') return fail(`${origin.origin} is plain HTTP`)
    const down = answers.filter(({ headers }) => /^http:/i.test(String(headers.location ?? '')))
    return unless(
      down.map((answer) => `${named(answer)} leads to http`),
      `${origin.origin}, and no way out of it`,
    )
  },
  plainHttp(application) {
    const names = [...new Set(setCookiesOf(application).map(({ name }) => name))]
    if (application.origin.protocol === 'https:') return pass('all that was set was set over HTTPS')
    if (names.length === 0) return notSeen('plain HTTP, but no cookie was set')
    return fail(`plain HTTP sets ${names.join(', ')}`)
  },
  hsts({ origin, answers }) {
    if (origin.protocol !== 'https:') return fail('plain HTTP: no browser takes HSTS from it')
    const ages = answers.map(({ headers }) =>
      /max-age="?(\d+)/i.exec(String(headers['strict-transport-security'] ?? '')),
    )
    if (ages.some((age) => age === null)) return fail('answers without Strict-Transport-Security')
    const least = Math.min(...ages.map((age) => Number(age?.[1])))
    const days = Math.floor(least / 86_400)
    return days < 180 ? fail(`for ${days} days only`) : pass(`for ${days} days`)
  },
  cacheable({ answers }) {
    const setting = answers.filter(({ setCookies }) => setCookies.length > 0)
    if (setting.length === 0) return notSeen('no answer sets a cookie')
    return unless(
      setting.filter(mayBeCached).map((answer) => `${named(answer)} sets a cookie and may be cached`),
      `none of ${setting.length} answers that set cookies`,
    )
  },
  clock({ answers }) {
    const skews = answers.flatMap(({ headers, at }) => {
      const date = Date.parse(headers.date === undefined ? '' : String(headers.date))
      return Number.isNaN(date) ? [] : [Math.abs(at - date)]
    })
    if (skews.length === 0) return notSeen('no answer has a Date')
    // Date is cut to the second, and the answer was under way for a while.
    const seconds = Math.round(Math.min(...skews) / 1000)
    return seconds > 30 ? fail(`${seconds} s apart from this machine`) : pass('in step with this machine')
  },
  tokensInUrls({ answers, origin, signedIn }) {
    const credentials = (signedIn?.issued ?? [])
      .map(({ value }) => value)
      .filter((value) => value.length >= 12)
    const faults = answers.flatMap((answer) =>
      urlsIn(answer).flatMap((reference) => {
        if (!URL.canParse(reference, origin.href)) return []
        const url = new URL(reference, origin)
        const name = [...url.searchParams].find(
          ([name, value]) => tokenName.test(name) && value.length >= 8,
        )?.[0]
        if (name !== undefined) return [`${named(answer)} leads to a URL with ${name}`]
        if (/;jsessionid=/i.test(url.pathname)) return [`${named(answer)} leads to a URL with jsessionid`]
        return credentials.some(
          (value) => reference.includes(value) || reference.includes(encodeURIComponent(value)),
        )
          ? [`${named(answer)} leads to a URL with a credential`]
          : []
      }),
    )
    return unless(faults, `none in redirects and links of ${answers.length} answers`)
  },
  localStorage({ scripts }) {
    if (scripts.length === 0) return notSeen('the front page is no HTML page')
    const suspects = scripts.filter((source) => storing.test(source))
    return suspects.length > 0
      ? fail('a script of the front page keeps a token there')
      : pass(
          `not by the front page${scripts.length > 1 ? `, nor by ${scripts.length - 1} files of its scripts` : ''}`,
        )
  },
}

const tokenName = /^(sid|session_?id|phpsessid|jsessionid|(access|refresh|id|auth|session)?_?token|jwt)$/i
const storing =
  /(?:local|session)Storage(?:\.setItem\(\s*|\[\s*)?[.'"`]?[\w-]{0,40}(?:token|jwt|session|auth|sid|credential)/i

function named({ method, path }: Answer): string {
  return `${method} ${path}`
}

function urlsIn({ headers, body }: Answer): readonly string[] {
  const links = [...body.matchAll(/\b(?:href|action|src)=["']([^"']{1,4000})["']/gi)].map(([, url]) => url!)
  return [...(typeof headers.location === 'string' ? [headers.location] : []), ...links.slice(0, 1000)].map(
    (url) => url.replaceAll('&amp;', '&'),
  )
}

// RFC 9111 §3: a cache may keep what says so, and a GET that says nothing, if it can guess how long.
function mayBeCached({ method, status, headers }: Answer): boolean {
  const control = String(headers['cache-control'] ?? '').toLowerCase()
  if (/no-store|private|no-cache/.test(control)) return false
  if (/public|max-age=[1-9]|s-maxage=[1-9]/.test(control)) return true
  return method === 'GET' && [200, 203, 204, 300, 301, 308, 404, 410].includes(status)
}
