// All about one person, from the store and from the audit trail: to hand it to them (GDPR Art. 15 and 20), or to forget it
// (Art. 17).
//
// Erasing signs them out first, everywhere; then the trail is cleaned, so that the lines of that are among those it cleans.
// Nothing is told as erased before it was looked for in vain, and whatever fails rejects: begun again, it goes on.

import type { Person } from '../audit/person.ts'
import type { AuditTrail } from '../audit/trail.ts'
import { SojournError } from '../core/errors.ts'
import type { Actor } from '../core/events.ts'
import type { Session } from '../core/session.ts'
import type { Sojourn } from '../core/sojourn.ts'
import { timestamp } from '../core/system.ts'
import type { Forgotten, KeptOfSubject } from '../core/verbs/subject.ts'

/** Where something may be kept about a person. */
export interface Kept<Claims, Data> {
  readonly sojourn: Sojourn<Claims, Data>
  /** Undefined where no trail is kept. */
  readonly trail: AuditTrail | undefined
}

/** How much of each kind is gone. */
export interface ErasedSubject extends Forgotten {
  /** Lines that told of the person; undefined where no trail was given. */
  readonly auditLines: number | undefined
}

export interface ErasedBy {
  /** Who does it: told in the trail. */
  readonly by: string
  /** The same, for the events of the sessions that end. */
  readonly actor?: Actor
}

/**
 * Ends all sessions of a subject on every node and takes the subject out of store and trail. Whatever was there when it was
 * called is gone when it resolves; whoever signs in after that is somebody new. It may be called again at any time, also
 * after it was broken off. Rejects with `request_malformed` or `store_unavailable`, and then something may be left.
 */
export async function eraseSubject<Claims, Data>(
  kept: Kept<Claims, Data>,
  subject: string,
  { by, actor }: ErasedBy,
): Promise<ErasedSubject> {
  const forgotten = await kept.sojourn.subjects.forget(subject, actor)
  const { trail } = kept
  const auditLines =
    trail && (await reachable(() => trail.erase(by, personOf(kept, subject), forgotten.sessions)))
  return { ...forgotten, auditLines }
}

/**
 * All that is kept about a subject as one JSON document, in pieces of text. There is nothing in it that signs anybody in.
 * It ends with how much there was of each kind, so half a document is not taken for a whole one. Rejects with
 * `request_malformed` or `store_unavailable`, also in the middle.
 */
export async function* exportSubject<Claims, Data>(
  kept: Kept<Claims, Data>,
  subject: string,
  { by }: ErasedBy,
): AsyncGenerator<string> {
  const { sojourn, trail } = kept
  const { issuer, environment, clock } = sojourn.settings
  const counts = { sessions: 0, others: 0, audit: 0 }
  const others: string[] = []
  const head = {
    sojourn: 'subject',
    version: 1,
    subject,
    issuer,
    environment,
    exportedAt: timestamp(clock()),
  }
  let opening = `${JSON.stringify(head).slice(0, -1)},"sessions":[`
  for await (const one of sojourn.subjects.kept(subject)) {
    if (one.kind === 'session') {
      yield `${counts.sessions++ === 0 ? opening : ','}${JSON.stringify(sessionFacts(one))}`
      opening = ''
    } else {
      counts.others++
      const made = one.kind === 'data_key' ? { createdAt: timestamp(one.createdAt) } : {}
      others.push(JSON.stringify({ ...one, ...made, keptUntil: timestamp(one.keptUntil) }))
    }
  }
  yield `${counts.sessions === 0 ? opening : ''}],"others":[${others.join(',')}],"audit":`
  if (!trail) yield `null,"counts":${JSON.stringify({ ...counts, audit: null })}}\n`
  else {
    yield '['
    await reachable(() => trail.flush())
    const records = trail.about(by, personOf(kept, subject))[Symbol.asyncIterator]()
    for (;;) {
      const next = await reachable(() => records.next())
      if (next.done === true) break
      const record = { ...next.value, at: timestamp(next.value.at) }
      yield `${counts.audit++ === 0 ? '' : ','}${JSON.stringify(record)}`
    }
    yield `],"counts":${JSON.stringify(counts)}}\n`
  }
}

function personOf<Claims, Data>({ sojourn }: Kept<Claims, Data>, subject: string): Person {
  return { subject, isSession: (id) => sojourn.subjects.owns(subject, id) }
}

// What the application and its people know of it; not what only the rules of rotation look at.
function sessionFacts<Claims, Data>({
  session,
  keptUntil,
}: Extract<KeptOfSubject<Claims, Data>, { readonly kind: 'session' }>): unknown {
  const { issuedFor: _, uses: __, floor: ___, ...facts }: Session<Claims, Data> = session
  const times = ['createdAt', 'authenticatedAt', 'lastSeenAt', 'issuedAt'] as const
  return {
    ...facts,
    ...Object.fromEntries(times.map((name) => [name, timestamp(facts[name])])),
    keptUntil: timestamp(keptUntil),
  }
}

/** The journal is a database like that of the sessions: while it is out of reach, one comes back later. */
async function reachable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new SojournError('store_unavailable', {
      cause,
      detail: 'The audit trail cannot be reached.',
      retryAfter: 1,
    })
  }
}
