// A journal in the memory of one process, for tests and for looking on. It is gone with the process.

import { passes, type Journal } from './journal.ts'
import type { AuditLine, Mark } from './record.ts'

export function memoryJournal(): Journal {
  let lines: AuditLine[] = []
  let head: Mark | undefined
  let tail: Mark | undefined
  return {
    head: async () => head,
    async append(after, added, newHead) {
      if ((head?.number ?? 0) !== after) return false
      lines.push(...added)
      head = newHead
      return true
    },
    read: async (after, limit) => lines.filter(({ number }) => number > after).slice(0, limit),
    find: async (filter, limit) =>
      lines
        .filter((line) => passes(line, filter))
        .toReversed()
        .slice(0, limit),
    tail: async () => tail,
    async trim(mark) {
      if (mark.number <= (tail?.number ?? 0)) return
      tail = mark
      lines = lines.filter(({ number }) => number > mark.number)
    },
    async amend(changes) {
      const byNumber = new Map(changes.map((change) => [change.line.number, change]))
      let amended = 0
      lines = lines.map((line) => {
        const change = byNumber.get(line.number)
        if (change?.was !== line.text) return line
        amended++
        return change.line
      })
      return amended
    },
  }
}
