// The sessions of the shop. Importing this file also teaches `req.sojourn` what its claims and data are.

import { createSojourn, SojournError, type SojournOptions } from 'sojourn'
import { claimsSchema, dataSchema, type Claims, type Data } from './schema.ts'
import type { User, Users } from './users.ts'

declare module 'sojourn' {
  interface Register {
    sojourn: Sessions
  }
}

export type Sessions = ReturnType<typeof openSessions>

/** The sessions of the shop: a day with cookies, a month for those who ask to be remembered. */
export function openSessions(
  options: Pick<SojournOptions<Claims, Data>, 'issuer' | 'secrets' | 'store' | 'listeners' | 'clock'>,
) {
  return createSojourn({ ...options, claims: claimsSchema, data: dataSchema })
}

/** What a session tells about its user. */
export function claimsOf({ name, role }: User): Claims {
  return { name, role }
}

/**
 * Brings the claims of all sessions of a user up to date; in force on their next request. The user is read again at
 * each change, so that of two administrators who disagree the later one wins here as well as in the table.
 */
export async function retell(sojourn: Sessions, users: Users, userId: string): Promise<void> {
  const sessions = await sojourn.list(userId)
  await Promise.all(
    sessions.map(async ({ id }) => {
      try {
        await sojourn.update(id, (claims) => {
          const user = users.find(userId)
          return user ? claimsOf(user) : claims
        })
      } catch (error) {
        const hasEnded = error instanceof SojournError && error.code === 'session_unknown'
        if (!hasEnded) throw error
      }
    }),
  )
}
