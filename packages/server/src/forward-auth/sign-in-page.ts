// Where a browser is sent that has to sign in: to a page that the operator has named, with the address to come back to in
// `return_to`. That address is told by the client, so it is passed on only if it is within an origin on the list:
// otherwise whoever makes a link decides where people land after they have typed their password.

import type { RequestView, Transport } from 'sojourn/fetch'

import type { ServerSettings } from '../settings.ts'

export interface SignInPage {
  /** Where to send this request; undefined if it is to be refused: no navigation, no page, or an origin of nobody's. */
  locationFor(original: RequestView, transport: Transport): string | undefined
}

export function signInPage(
  { signInUrl, returnOrigins }: Pick<ServerSettings, 'signInUrl' | 'returnOrigins'>,
  issuer: string,
): SignInPage {
  const origins = new Set(returnOrigins ?? [new URL(issuer).origin])
  return {
    locationFor(original, transport) {
      if (!signInUrl || !isNavigation(original)) return undefined
      const address = addressOf(original, transport)
      if (!address || !origins.has(address.origin)) return undefined
      const location = new URL(signInUrl)
      location.searchParams.set('return_to', address.href)
      return location.href
    },
  }
}

// A person who follows a link can be led elsewhere; a script, a picture or a frame is told no.
function isNavigation(original: RequestView): boolean {
  if (original.method !== 'GET' && original.method !== 'HEAD') return false
  const mode = original.header('sec-fetch-mode')
  if (mode !== undefined) return mode === 'navigate' && original.header('sec-fetch-dest') === 'document'
  return /\btext\/html\b/.test(original.header('accept') ?? '')
}

function addressOf({ target }: RequestView, { isSecure, host }: Transport): URL | undefined {
  if (!/^[^/\\?#@%*\s]+$/.test(host)) return undefined
  const text = `${isSecure ? 'https' : 'http'}://${host}${escaped(target)}`
  return URL.canParse(text) ? new URL(text) : undefined
}

// The bytes that a header cannot say otherwise: Node has read each as one character.
function escaped(target: string): string {
  return target.replace(/[^\x21-\x7e]/g, (character) =>
    `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`.toUpperCase(),
  )
}
