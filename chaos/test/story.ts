// Histories told by hand, in a few words a line, for the tests of the checker.

import type { Carried, Done, Fault, History, Scope } from '../history.ts'

type Rest = Partial<Pick<Done, 'by' | 'node' | 'result' | 'status' | 'why' | 'end'>>

const statusOf = { done: 200, refused: 401, unknown: 0 } as const

export class Story {
  readonly #done: Done[] = []
  readonly #faults: Fault[] = []

  get history(): History {
    const inOrder = this.#done.toSorted((a, b) => a.start - b.start)
    return { done: inOrder, faults: this.#faults }
  }

  signIn(
    start: number,
    session: string | undefined,
    subject = 'alice',
    rest: Rest & { replaces?: string } = {},
  ): this {
    const told = session === undefined ? {} : { session }
    return this.#add({ op: 'sign-in', subject, ...told, ...asked(start, rest), ...replaced(rest) })
  }

  use(
    start: number,
    session: string,
    rest: Rest & { carried?: Carried; refreshed?: boolean; rank?: number } = {},
  ): this {
    const { carried = 'session', refreshed = false, rank } = rest
    const more = rank === undefined ? {} : { rank }
    return this.#add({ op: 'use', session, carried, refreshed, ...more, ...asked(start, rest) })
  }

  refresh(start: number, session: string, rest: Rest = {}): this {
    return this.#add({ op: 'refresh', session, carried: 'session', ...asked(start, rest) })
  }

  update(start: number, session: string, mark: string, rest: Rest = {}): this {
    return this.#add({ op: 'update', session, mark, carried: 'session', ...asked(start, rest) })
  }

  promote(start: number, session: string, rank: number, rest: Rest = {}): this {
    return this.#add({ op: 'promote', session, rank, carried: 'session', ...asked(start, rest) })
  }

  read(start: number, session: string, marks: readonly string[], rank = 0): this {
    return this.#add({ op: 'read', session, marks, rank, carried: 'session', ...asked(start, {}) })
  }

  signOut(start: number, session: string, rest: Rest & { scope?: Scope; subject?: string } = {}): this {
    const { scope = 'this', subject = 'alice' } = rest
    return this.#add({ op: 'sign-out', session, subject, scope, carried: 'session', ...asked(start, rest) })
  }

  revoke(start: number, session: string, rest: Rest = {}): this {
    return this.#add({ op: 'revoke', session, carried: 'backend', ...asked(start, rest) })
  }

  list(start: number, sessions: readonly string[], subject = 'alice'): this {
    return this.#add({ op: 'list', subject, sessions, ...asked(start, {}) })
  }

  fault(start: number, end: number): this {
    this.#faults.push({ fault: 'kill', to: 'node 0', start, end })
    return this
  }

  #add(one: Done): this {
    this.#done.push(one)
    return this
  }
}

function asked(start: number, { by = 'c', node = 0, result = 'done', status, why, end }: Rest) {
  const reason = why === undefined ? {} : { why }
  return { by, node, start, end: end ?? start + 5, result, status: status ?? statusOf[result], ...reason }
}

function replaced({ replaces }: { replaces?: string }): { replaces?: string } {
  return replaces === undefined ? {} : { replaces }
}
