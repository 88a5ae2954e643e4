// The API keys in the store: who has one, what it may do, and the way to take it back. None is made here, because no script
// of the page is to hold one.

import { useQuery, useQueryClient } from '@tanstack/react-query'

import { get, send } from '../../api/client.ts'
import type { ApiKey, Caller } from '../../api/types.ts'
import { useCaller } from '../../app/caller.ts'
import { Badge } from '../../ui/badge.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { visible } from '../../ui/device.ts'
import { PageHead } from '../../ui/page-head.tsx'
import { Answer, Empty } from '../../ui/states.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'

const when = (at: string | null, never: string) => (at === null ? never : <Ago at={at} />)

function columnsFor(caller: Caller | undefined): readonly Column<ApiKey>[] {
  return [
    {
      title: 'Name',
      cell: ({ id, name }) => (
        <>
          {name === '' ? '–' : visible(name)} {caller?.key === id && <Badge>Yours</Badge>}
        </>
      ),
    },
    { title: 'Id', cell: ({ id }) => <code>{id}</code> },
    { title: 'Role', cell: ({ role }) => <Badge tone={role === 'manage' ? 'warn' : 'plain'}>{role}</Badge> },
    { title: 'Made', cell: ({ createdAt }) => <Ago at={createdAt} /> },
    { title: 'Last used', cell: ({ lastUsedAt }) => when(lastUsedAt, 'never') },
    { title: 'Expires', cell: ({ expiresAt }) => when(expiresAt, 'never') },
    { title: 'Take back', cell: (key) => <Revoke of={key} caller={caller} /> },
  ]
}

export function ApiKeys() {
  const caller = useCaller()
  const keys = useQuery({
    queryKey: ['api-keys'],
    queryFn: ({ signal }) => get<{ items: readonly ApiKey[] }>('/api/apikeys', { signal }),
  })
  return (
    <>
      <PageHead title="API keys">
        What signs your services in to this server, and people in here. One is made by{' '}
        <code>sojourn apikeys create</code>, where the store is.
      </PageHead>
      <Answer of={keys} lines={4}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="There are no API keys in the store.">
              The one of <code>SOJOURN_API_KEY</code> is not in the store. Give each of your services one of
              its own.
            </Empty>
          ) : (
            <>
              <Table label="API keys" columns={columnsFor(caller)} rows={items} keyOf={({ id }) => id} />
              <p className="note">
                The one of <code>SOJOURN_API_KEY</code> is not in the store: restart the server with another.
              </p>
            </>
          )
        }
      </Answer>
    </>
  )
}

function Revoke({ of: { id, name }, caller }: { of: ApiKey; caller: Caller | undefined }) {
  const cache = useQueryClient()
  return (
    <Confirm
      label="Revoke"
      title={`Revoke ${name === '' ? id : visible(name)}?`}
      action="Revoke it"
      isDisabled={caller?.role === 'read'}
      work={() => send('DELETE', `/api/apikeys/${encodeURIComponent(id)}`)}
      done={() => void cache.invalidateQueries()}
    >
      <p>No server takes it any more, and whoever uses it is refused from this moment on.</p>
      {caller?.key === id && <p>You have signed in with it: you are signed out, too.</p>}
    </Confirm>
  )
}
