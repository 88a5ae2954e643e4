// Whom this server tells that a session is over. What waits for them is kept in the store, for another node or the next
// start; the log says how much that is.

import type { Logger } from 'pino'
import type { Listener, Sojourn } from 'sojourn'
import { eventSender, logoutSender, type DeliveryFailure } from 'sojourn/logout'

import type { Parties } from './parties.ts'

export interface Senders {
  readonly listeners: readonly Listener[]
  start(sojourn: Sojourn): void
  /** Tries all that is due, once. */
  flush(): Promise<void>
  /** Waits for the answers under way. Resolves to how much is left in the store. */
  close(): Promise<number>
}

export function sendersOf({ relyingParties, eventReceivers }: Parties, log: Logger): Senders {
  const hear =
    (what: string) =>
    ({ isGivenUp, ...facts }: DeliveryFailure): void =>
      log[isGivenUp ? 'error' : 'warn'](facts, isGivenUp ? `${what}.given_up` : `${what}.failed`)
  const senders = [
    ...(relyingParties.length === 0 ? [] : [logoutSender({ relyingParties, onFailure: hear('logout') })]),
    ...(eventReceivers.length === 0
      ? []
      : [eventSender({ receivers: eventReceivers, onFailure: hear('security_event') })]),
  ]
  return {
    listeners: senders.map(({ listener }) => listener),
    start: (sojourn) => senders.forEach((sender) => sender.start(sojourn)),
    async flush() {
      await Promise.all(senders.map((sender) => sender.flush()))
    },
    async close() {
      const left = await Promise.all(senders.map((sender) => sender.close()))
      const waiting = left.reduce((sum, count) => sum + count, 0)
      if (waiting > 0) log.warn({ waiting }, 'logouts.waiting')
      return waiting
    },
  }
}
