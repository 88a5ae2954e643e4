// Ending what an identity provider has ended: the sessions that came from one of its own, or from one of its people.

import { end, findBare, type Engine } from '../engine.ts'
import type { EndReason } from '../events.ts'
import { checkIdp, linkedTo, markSignedOut } from '../idp-links.ts'
import type { Idp } from '../session.ts'

/** Ends them, and resolves to the ids of those that were there. Rejects with `request_malformed` or `store_unavailable`. */
export async function revokeSignedInBy<Claims, Data>(
  engine: Engine<Claims, Data>,
  idp: Idp,
  reason: EndReason,
): Promise<readonly string[]> {
  checkIdp(idp)
  const now = engine.settings.clock()
  // The mark first: a sign-in that is under way has its link there already, or finds the mark.
  await markSignedOut(engine, idp, now)
  const ended: string[] = []
  for (const id of await linkedTo(engine, idp)) {
    const kept = await findBare(engine, id)
    if (kept && (await end(engine, kept.session, reason, now))) ended.push(id)
  }
  return ended
}
