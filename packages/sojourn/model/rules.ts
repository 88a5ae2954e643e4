// The rules that are explored: the real ones of session.ts, and wrong ones that differ from them in one row. The wrong
// ones are the model's own test: if the exploration did not find what they break, it would prove nothing.

import { isPending, present, seen, steppedUp } from '../src/core/session.ts'

export interface Rules {
  readonly present: typeof present
  readonly seen: typeof seen
  readonly steppedUp: typeof steppedUp
}

export const real: Rules = { present, seen, steppedUp }

/** Without the row that forgives a request that was under way while a slow answer came. */
export const withoutTwoBehind: Rules = {
  ...real,
  present: (session, presented, now, policy) => {
    const decision = present(session, presented, now, policy)
    const isTwoBehind = session.generation - presented.generation === 2
    return isTwoBehind && decision.kind === 'replayed' ? { kind: 'reused' } : decision
  },
}

/** With patience for a pending generation that never ends, also where its use is not seen. */
export const withUnlimitedPatience: Rules = {
  ...real,
  present: (session, presented, now, policy) => {
    const isOneBehind = session.generation - presented.generation === 1
    return isOneBehind && isPending(session) ? { kind: 'replayed' } : present(session, presented, now, policy)
  },
}

/** Without the row for a store that has lost a rotation. */
export const withoutAhead: Rules = {
  ...real,
  present: (session, presented, now, policy) =>
    presented.generation > session.generation ? { kind: 'reused' } : present(session, presented, now, policy),
}

/** With a step-up that raises no floor. */
export const withoutFloor: Rules = {
  ...real,
  steppedUp: (session, generation, proof, now) => {
    const { floor: _, ...next } = steppedUp(session, generation, proof, now)
    return next as typeof session
  },
}
