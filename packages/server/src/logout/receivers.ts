// Whoever tells this server that a session is over: identity providers and transmitters of security events.

import type { Sojourn } from 'sojourn'
import { eventReceiver, logoutReceiver, type Receiver } from 'sojourn/logout'

import type { Parties } from './parties.ts'

/** Absent where nobody is believed. */
export interface Receivers {
  readonly logouts: Receiver | undefined
  readonly events: Receiver | undefined
}

export function receiversOf(sojourn: Sojourn, { providers, transmitters }: Parties): Receivers {
  return {
    logouts: providers.length === 0 ? undefined : logoutReceiver(sojourn, { providers }),
    events: transmitters.length === 0 ? undefined : eventReceiver(sojourn, { transmitters }),
  }
}
