// What every page is given.

import type { Passwords } from './passwords.ts'
import type { Sessions } from './sojourn.ts'
import { createThrottle, network, type Throttle } from './throttle.ts'
import type { Users } from './users.ts'

export interface Shop {
  readonly sojourn: Sessions
  readonly users: Users
  readonly passwords: Passwords
  readonly guesses: Guesses
}

/** How often somebody may be wrong about a password. */
export interface Guesses {
  /** Counts a guess. Resolves to 0, or to the seconds after which the next one is allowed. */
  take(email: string, address: string | undefined): number
  /** The guess was right. */
  forget(email: string, address: string | undefined): void
}

const minute = 60_000

/**
 * Five guesses for one account from one network, so that nobody can lock others out of their account; and fifty from
 * one network for all accounts, so that nobody tries the same password on each of them.
 */
export function createGuesses(clock: () => number): Guesses {
  const byAccount: Throttle = createThrottle(clock, { attempts: 5, within: 15 * minute })
  const byNetwork: Throttle = createThrottle(clock, { attempts: 50, within: 15 * minute })
  const names = (email: string, address: string | undefined): [string, string] => {
    const from = network(address)
    return [`${from} ${email}`, from]
  }
  return {
    take(email, address) {
      const [account, from] = names(email, address)
      return Math.max(byAccount.take(account), byNetwork.take(from))
    },
    forget: (email, address) => byAccount.forget(names(email, address)[0]),
  }
}
