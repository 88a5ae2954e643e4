// The life of each generation of one session, read from its audit events: issued, confirmed, replaced, handed out again,
// or presented as a copy.

/** What the thief calls itself. */
export const thief = 'Thief/1.0'

/**
 * The generations in order. `session`, where it is known, fills in what was told before the page began to listen.
 */
export function generationsOf(events, session) {
  const generations = new Map()
  const of = (generation) => {
    const known = generations.get(generation)
    if (known) return known
    const made = {
      generation,
      issuedAt: undefined,
      confirmedAt: undefined,
      replacedAt: undefined,
      replays: 0,
    }
    generations.set(generation, made)
    return made
  }
  for (const event of events) {
    if (event.sessionId !== session.id) continue
    switch (event.type) {
      case 'session.created':
        of(0).issuedAt = event.at
        break
      case 'session.refreshed': {
        const made = of(event.generation)
        made.issuedAt = event.at
        made.byThief = event.device === thief
        const before = of(event.generation - 1)
        before.replacedAt = event.at
        // Presenting it was using it.
        before.confirmedAt ??= event.at
        break
      }
      case 'session.confirmed':
        of(event.generation).confirmedAt ??= event.at
        break
      case 'session.replayed':
        of(event.generation).replays += 1
        break
      case 'session.reused':
        of(event.presented).copyAt = event.at
        of(event.presented).copyBy = event.device === thief ? 'thief' : 'you'
        break
    }
  }
  if (session.generation !== undefined && session.access) {
    const newest = of(session.generation)
    newest.issuedAt ??= session.issuedAt
    newest.confirmedAt ??= session.confirmedAt ?? undefined
  }
  return [...generations.values()].sort((a, b) => a.generation - b.generation)
}

/** Until when a generation is still accepted beside its successor; undefined while that is pending. */
export function acceptedUntil(successor, overlap) {
  return successor?.confirmedAt === undefined ? undefined : successor.confirmedAt + overlap
}
