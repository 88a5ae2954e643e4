// Where else the same subject is signed in.

import { useQuery } from '@tanstack/react-query'

import { get } from '../../api/client.ts'
import type { Session } from '../../api/types.ts'
import { Link } from '../../app/router.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Answer } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { ownColumns } from '../sessions/columns.tsx'

export function useDevices(subject: string) {
  return useQuery({
    queryKey: ['devices', subject],
    queryFn: ({ signal }) =>
      get<{ items: readonly Session[]; next: string | null }>('/api/sessions', {
        query: { subject, limit: 100 },
        signal,
      }),
  })
}

export function OtherDevices({ subject, id }: { subject: string; id: string }) {
  const devices = useDevices(subject)
  return (
    <Panel
      title="Other devices"
      actions={<Link to={`/subjects/${encodeURIComponent(subject)}`}>All of this subject</Link>}
    >
      <Answer of={devices} lines={3}>
        {({ items }) => {
          const others = items.filter((session) => session.id !== id)
          if (others.length === 0) return <p className="none">Signed in nowhere else.</p>
          return (
            <Table label="Other devices" columns={ownColumns} rows={others} keyOf={(session) => session.id} />
          )
        }}
      </Answer>
    </Panel>
  )
}
