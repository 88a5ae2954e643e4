// The request that a proxy asks about. The proxy states its method and its target, in one of these ways:
//
//   X-Forwarded-Method and X-Forwarded-Uri     Caddy, Traefik, and the configurations in proxies/
//   X-Original-Method and X-Original-URI       what many nginx configurations write
//   its own method and /forward-auth/<target>  Envoy
//
// All other headers are those of the client. So a statement that the proxy does not make might have been made by the
// client: where there are several they must agree, or nothing is believed. And where there is none, nothing is guessed:
// a POST that passed for a GET would never be asked for its CSRF token.

import { SojournError } from 'sojourn'
import type { RequestView } from 'sojourn/fetch'

export const path = '/forward-auth'

/** The original request as the stages see it, without its body; throws `request_malformed`. */
export function originalOf(view: RequestView): RequestView {
  const suffix = targetBehind(view.target)
  const method = agreed([
    ...view.all('x-forwarded-method'),
    ...view.all('x-original-method'),
    ...(suffix === undefined ? [] : [view.method]),
  ])
  const target = agreed([
    ...view.all('x-forwarded-uri'),
    ...view.all('x-original-uri'),
    ...(suffix === undefined ? [] : [suffix]),
  ])
  if (!/^[A-Za-z-]{1,32}$/.test(method) || !isTarget(target)) throw unclear()
  return {
    method,
    target,
    isEncrypted: view.isEncrypted,
    peer: view.peer,
    header: (name) => view.header(name),
    all: (name) => view.all(name),
    // It goes from the client to the application, and never comes here.
    body: async () => ({ kind: 'bytes', bytes: new Uint8Array() }),
    formField: () => undefined,
  }
}

function targetBehind(target: string): string | undefined {
  return target.startsWith(`${path}/`) ? target.slice(path.length) : undefined
}

function agreed(statements: readonly string[]): string {
  const [first] = statements
  if (first === undefined || statements.some((statement) => statement !== first)) throw unclear()
  return first
}

const longestTarget = 16_384

// Origin form (RFC 9112 §3.2.1). Some proxies pass on what is not ASCII as it came.
function isTarget(text: string): boolean {
  return text.length <= longestTarget && /^\/[^\s\p{Cc}]*$/u.test(text)
}

function unclear(): SojournError {
  return new SojournError('request_malformed', {
    detail:
      'Set X-Forwarded-Method and X-Forwarded-Uri to those of the original request, and pass on no X-Original- headers of the client.',
  })
}
