// Which lines of a trail are about one person: those that name them, those of their sessions that name nobody, and those that
// tell who has looked for them.

import { searchable, type AuditLine } from './record.ts'

export interface Person {
  readonly subject: string
  /** Whether a session of that id is theirs. */
  readonly isSession: (id: string) => boolean
}

interface Named {
  readonly subject?: unknown
  readonly sessionId?: unknown
  readonly asked?: unknown
}

/** Whether a line is about them. What was taken out of it does not count. */
export function isAbout(line: AuditLine, person: Person): boolean {
  if (line.subject !== undefined)
    return line.subject === searchable(person.subject) && isNaming(JSON.parse(line.text) as Named, person)
  if (line.sessionId !== undefined) return person.isSession(line.sessionId)
  if (line.type !== 'audit.read') return false
  const { asked } = JSON.parse(line.text) as Named
  return typeof asked === 'string' && isNaming(JSON.parse(asked) as Named, person)
}

function isNaming({ subject, sessionId }: Named, person: Person): boolean {
  if (subject !== undefined) return subject === person.subject
  return typeof sessionId === 'string' && person.isSession(sessionId)
}
