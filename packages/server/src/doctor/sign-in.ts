// How the doctor signs in: by the request that a person's browser would send, with the CSRF token that the application
// asks for.

import { readJwt } from './jwt.ts'
import type { Answer, Visitor } from './visitor.ts'

export interface Route {
  readonly method: string
  readonly path: string
}

/** What the doctor is told about an application. */
export interface Plan {
  /** A page that only the signed-in see, or see otherwise. */
  readonly page: string
  readonly signIn?: Route
  readonly signOut?: Route
  readonly refresh?: Route
  /** A request that changes something, tried without a CSRF token. */
  readonly change?: Route
  /** Where a CSRF token is given: JSON, or a page with a hidden field. */
  readonly csrfFrom?: string
  /** The file of the application's log. */
  readonly log?: string
  /** What the sign-in is sent. */
  readonly credentials: Readonly<Record<string, string>>
  readonly sendAs: 'form' | 'json'
}

/** Signs a visitor in; an access token in the answer is kept for the requests to come. */
export async function signInWith(visitor: Visitor, plan: Plan): Promise<Answer> {
  const { credentials, sendAs, signIn } = plan
  if (!signIn) throw new Error('There is no sign-in')
  const csrf = await csrfTokenIn(visitor, plan)
  const members = csrf?.field === undefined ? credentials : { ...credentials, [csrf.field]: csrf.token }
  const answer = await visitor.ask(signIn.method, signIn.path, {
    headers: {
      'content-type': sendAs === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
      ...(csrf ? { 'x-csrf-token': csrf.token } : {}),
    },
    body: sendAs === 'json' ? JSON.stringify(members) : new URLSearchParams(members).toString(),
  })
  visitor.bearer = accessTokenIn(answer)
  return answer
}

export interface CsrfToken {
  readonly token: string
  /** The field of a form that carries it. */
  readonly field: string | undefined
}

/** A CSRF token from where the plan says. */
export async function csrfTokenIn(visitor: Visitor, { csrfFrom }: Plan): Promise<CsrfToken | undefined> {
  if (csrfFrom === undefined) return undefined
  const { body, status } = await visitor.ask('GET', csrfFrom)
  const found = inJson(body) ?? inForm(body)
  if (!found)
    throw new Error(`GET ${csrfFrom} answers ${status}, without a CSRF token that the doctor can find.`)
  return found
}

const tokenName = /^_?(csrf|xsrf)[-_]?(token)?$|^authenticity_token$|^csrfmiddlewaretoken$/i

function inJson(body: string): CsrfToken | undefined {
  const named = Object.entries(members(body)).find(([name]) => tokenName.test(name))
  return typeof named?.[1] === 'string' ? { token: named[1], field: undefined } : undefined
}

function inForm(body: string): CsrfToken | undefined {
  for (const [tag] of body.matchAll(/<(?:input|meta)\b[^>]{0,2000}>/gi)) {
    const field = /\bname=["']?([^"'\s>]+)/i.exec(tag)?.[1]
    const token = /\b(?:value|content)=["']?([^"'\s>]+)/i.exec(tag)?.[1]
    if (field !== undefined && token !== undefined && tokenName.test(field)) return { token, field }
  }
  return undefined
}

function accessTokenIn({ body }: Answer): string | undefined {
  const { accessToken, access_token: other, token } = members(body)
  const found = [accessToken, other, token].find((value) => typeof value === 'string')
  return found !== undefined && (found !== token || readJwt(found)) ? found : undefined
}

function members(body: string): Readonly<Record<string, unknown>> {
  try {
    return { ...(JSON.parse(body) as object) }
  } catch {
    return {}
  }
}
