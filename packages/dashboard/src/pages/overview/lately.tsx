// What happens, as it happens.

import { useState } from 'react'

import { meaningOf } from '../../api/event-types.ts'
import type { AuditRecord } from '../../api/types.ts'
import { useEvents } from '../../api/use-events.ts'
import { Link } from '../../app/router.tsx'
import { Live } from '../../ui/live.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Empty } from '../../ui/states.tsx'
import { Ago } from '../../ui/time.tsx'
import { visible } from '../../ui/device.ts'

const most = 14

interface Kept {
  readonly key: number
  readonly event: AuditRecord
}

export function Lately() {
  const [events, setEvents] = useState<readonly Kept[]>([])
  const state = useEvents((event) =>
    setEvents((kept) => [{ key: (kept[0]?.key ?? 0) + 1, event }, ...kept].slice(0, most)),
  )
  return (
    <Panel title="As it happens" className="lately" actions={<Live state={state} />}>
      {events.length === 0 ? (
        <Empty title="Quiet">Whatever happens while this page is open shows here.</Empty>
      ) : (
        <ol className="events">
          {events.map(({ key, event }) => (
            <li key={key} data-level={event.level}>
              <span className="event-name">{meaningOf(event.type)}</span>
              <span className="event-note">
                <Ago at={event.at} />
                {event.sessionId !== undefined && (
                  <Link to={`/sessions/${encodeURIComponent(event.sessionId)}`}>
                    {visible(event.subject ?? event.sessionId.slice(0, 8))}
                  </Link>
                )}
              </span>
            </li>
          ))}
        </ol>
      )}
      <Link to="/audit" className="more">
        All that has happened
      </Link>
    </Panel>
  )
}
