// The other parties to signing out, as settings name them: whom to believe, and whom to tell. Each is a few words, so that
// a variable can hold several of them, separated by commas.

import type { EventReceiverAddress, RelyingParty, TrustedIssuer } from 'sojourn/logout'

export interface Parties {
  /** Identity providers, whose logouts are believed. */
  readonly providers: readonly TrustedIssuer[]
  /** Whose security events are believed. */
  readonly transmitters: readonly TrustedIssuer[]
  /** Who is posted a logout token when a session ends. */
  readonly relyingParties: readonly RelyingParty[]
  /** Who is pushed a security event when a session ends. */
  readonly eventReceivers: readonly EventReceiverAddress[]
}

/** Settings that name parties, and the words of each. */
export const partySettings = {
  identityProviders: 'an issuer, our client_id there and its jwks_uri',
  eventTransmitters: 'an issuer, our name there and its jwks_uri',
  relyingParties: 'a client_id and a backchannel_logout_uri',
  eventReceivers: 'an audience and a URL',
} as const

/** Reads the parties. `wordsOf` gives the parts of a setting, each as so many words, and has complained of all others. */
export function readParties(
  wordsOf: (name: keyof typeof partySettings, count: number) => readonly (readonly string[])[],
): Parties {
  const issuers = (name: 'identityProviders' | 'eventTransmitters'): readonly TrustedIssuer[] =>
    wordsOf(name, 3).map(([issuer = '', audience = '', jwks = '']) => ({ issuer, audience, jwks }))
  return {
    providers: issuers('identityProviders'),
    transmitters: issuers('eventTransmitters'),
    relyingParties: wordsOf('relyingParties', 2).map(([clientId = '', url = '']) => ({ clientId, url })),
    eventReceivers: wordsOf('eventReceivers', 2).map(([audience = '', url = '']) => ({ audience, url })),
  }
}
