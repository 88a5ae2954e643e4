// The columns of the audit trail.

import { meaningOf } from '../../api/event-types.ts'
import type { AuditRecord } from '../../api/types.ts'
import { Link } from '../../app/router.tsx'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { visible } from '../../ui/device.ts'
import { count } from '../../ui/number.ts'
import type { Column } from '../../ui/table.tsx'
import { Exactly } from '../../ui/time.tsx'

const tones: Readonly<Record<AuditRecord['level'], Tone>> = {
  info: 'plain',
  warning: 'warn',
  critical: 'alarm',
}
const told = new Set(['number', 'type', 'level', 'at', 'sessionId', 'subject', 'by'])

export const auditColumns: readonly Column<AuditRecord>[] = [
  {
    title: 'Line',
    isNumber: true,
    isExtra: true,
    cell: ({ number }) => (number === undefined ? <Badge tone="good">new</Badge> : count(number)),
  },
  { title: 'When', cell: ({ at }) => <Exactly at={at} /> },
  {
    title: 'What',
    cell: ({ type, level }) => (
      <>
        <span className="strong">{meaningOf(type)}</span>{' '}
        {level !== 'info' && <Badge tone={tones[level]}>{level}</Badge>}
        <code className="of">{visible(type)}</code>
      </>
    ),
  },
  { title: 'Who', cell: (record) => <Who of={record} /> },
  { title: 'Facts', cell: (record) => <span className="details">{factsOf(record)}</span> },
]

function Who({ of: { subject, sessionId, by, tenant } }: { of: AuditRecord }) {
  const name = subject ?? (typeof by === 'string' ? by : undefined)
  return (
    <>
      {name === undefined ? '–' : visible(name)}
      {sessionId !== undefined && tenant !== 'dashboard' && (
        <Link to={`/sessions/${encodeURIComponent(sessionId)}`} className="of">
          {sessionId.slice(0, 10)}…
        </Link>
      )}
    </>
  )
}

// What a type has of its own, as one line; what a client has said of itself is text like everything else.
function factsOf(record: AuditRecord): string {
  return Object.entries(record)
    .filter(([name]) => !told.has(name))
    .map(([name, value]) => `${inWords(name)} ${visible(shown(value))}`)
    .join(' · ')
}

// A name of JSON as a person writes it: userAgent is "user agent".
function inWords(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value)
  return Object.entries(value)
    .map(([name, one]) => `${inWords(name)} ${shown(one)}`)
    .join(', ')
}
