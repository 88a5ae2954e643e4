// All live sessions, searched, filtered and sorted by the server, page by page.

import { keepPreviousData, useQuery } from '@tanstack/react-query'

import { get } from '../../api/client.ts'
import type { Found } from '../../api/types.ts'
import { useParameters } from '../../app/router.tsx'
import { count } from '../../ui/number.ts'
import { PageHead } from '../../ui/page-head.tsx'
import { Pager } from '../../ui/pager.tsx'
import { Search } from '../../ui/search.tsx'
import { Select } from '../../ui/select.tsx'
import { Answer, Empty } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { Button } from '../../ui/button.tsx'
import { sessionColumns, type Listed } from './columns.tsx'

const size = 50

export function Sessions() {
  const [parameter, change] = useParameters()
  const text = parameter('text')
  const profile = parameter('profile')
  const sort = parameter('sort') ?? 'seen'
  const direction = parameter('direction') === 'ascending' ? 'ascending' : 'descending'
  const offset = Number(parameter('offset') ?? 0) || 0
  const query = { text, profile, sort, direction, offset, limit: size }
  const found = useQuery({
    queryKey: ['sessions', query],
    queryFn: ({ signal }) => get<Found<Listed>>('/api/search/sessions', { query, signal }),
    placeholderData: keepPreviousData,
  })
  const isNarrowed = text !== undefined || profile !== undefined
  return (
    <>
      <PageHead title="Sessions" actions={<Button onClick={() => void found.refetch()}>Refresh</Button>}>
        Everybody who is signed in, on every device.
      </PageHead>
      <div className="tools">
        <Search
          isWide
          label="Search"
          hint="Subject, id, tenant, device or address"
          value={text ?? ''}
          change={(typed) => change({ text: typed, offset: undefined }, true)}
        />
        <Select
          label="Carries"
          value={profile ?? ''}
          choices={[
            ['', 'Cookies or bearer'],
            ['cookie', 'Cookies'],
            ['bearer', 'Bearer'],
          ]}
          change={(chosen) => change({ profile: chosen, offset: undefined })}
        />
      </div>
      <Answer of={found} lines={10}>
        {({ items, total, complete }) => (
          <div className="listing" data-stale={found.isPlaceholderData || undefined}>
            {!complete && (
              <p className="notice">
                There are more sessions than can be looked through here: what you see is part of them. Ask for
                a subject under <b>Subjects</b>, or use <code>sojourn sessions list</code>.
              </p>
            )}
            {total === 0 ? (
              <NoSessions
                isNarrowed={isNarrowed}
                clear={() => change({ text: undefined, profile: undefined })}
              />
            ) : (
              <>
                <Table
                  label={`Sessions: ${count(total)}`}
                  columns={sessionColumns}
                  rows={items}
                  keyOf={({ id }) => id}
                  sorting={{
                    by: sort,
                    direction,
                    change: (by, way) => change({ sort: by, direction: way, offset: undefined }),
                  }}
                />
                <Pager
                  offset={offset}
                  size={size}
                  total={total}
                  what="sessions"
                  go={(to) => change({ offset: to === 0 ? undefined : String(to) })}
                />
              </>
            )}
          </div>
        )}
      </Answer>
    </>
  )
}

function NoSessions({ isNarrowed, clear }: { isNarrowed: boolean; clear: () => void }) {
  if (isNarrowed)
    return (
      <Empty title="No session fits that.">
        <Button onClick={clear}>Show all sessions</Button>
      </Empty>
    )
  return (
    <Empty title="Nobody is signed in.">
      Sign somebody in with <code>POST /v1/sessions</code>, or start the server with <code>--demo</code> and
      open its front page.
    </Empty>
  )
}
