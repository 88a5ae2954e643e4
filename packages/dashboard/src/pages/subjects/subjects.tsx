// Everybody who is signed in, once.

import { keepPreviousData, useQuery } from '@tanstack/react-query'

import { get } from '../../api/client.ts'
import type { Found, Subject } from '../../api/types.ts'
import { Link, navigate, useParameters } from '../../app/router.tsx'
import { Button } from '../../ui/button.tsx'
import { visible } from '../../ui/device.ts'
import { count } from '../../ui/number.ts'
import { PageHead } from '../../ui/page-head.tsx'
import { Pager } from '../../ui/pager.tsx'
import { Search } from '../../ui/search.tsx'
import { Answer, Empty } from '../../ui/states.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'

const size = 50

const columns: readonly Column<Subject>[] = [
  {
    title: 'Subject',
    sort: 'subject',
    cell: ({ subject }) => (
      <Link to={`/subjects/${encodeURIComponent(subject)}`} className="strong">
        {visible(subject)}
      </Link>
    ),
  },
  { title: 'Sessions', sort: 'sessions', isNumber: true, cell: ({ sessions }) => count(sessions) },
  { title: 'Tenants', isExtra: true, cell: ({ tenants }) => tenants.map(visible).join(', ') || '–' },
  { title: 'First sign-in', isExtra: true, cell: ({ firstSignInAt }) => <Ago at={firstSignInAt} /> },
  { title: 'Seen', sort: 'seen', cell: ({ lastSeenAt }) => <Ago at={lastSeenAt} /> },
]

export function Subjects() {
  const [parameter, change] = useParameters()
  const text = parameter('text')
  const sort = parameter('sort') ?? 'seen'
  const direction = parameter('direction') === 'ascending' ? 'ascending' : 'descending'
  const offset = Number(parameter('offset') ?? 0) || 0
  const query = { text, sort, direction, offset, limit: size }
  const found = useQuery({
    queryKey: ['subjects', query],
    queryFn: ({ signal }) => get<Found<Subject>>('/api/search/subjects', { query, signal }),
    placeholderData: keepPreviousData,
  })
  return (
    <>
      <PageHead title="Subjects" actions={<Button onClick={() => void found.refetch()}>Refresh</Button>}>
        Who is signed in, and on how many devices.
      </PageHead>
      <div className="tools">
        <Search
          isWide
          label="Search"
          hint="Part of a subject"
          value={text ?? ''}
          change={(typed) => change({ text: typed, offset: undefined }, true)}
        />
      </div>
      <Answer of={found} lines={8}>
        {({ items, total, complete }) => (
          <div className="listing" data-stale={found.isPlaceholderData || undefined}>
            {!complete && <p className="notice">There are more than can be looked through here.</p>}
            {total === 0 ? (
              <NoSubjects text={text} />
            ) : (
              <>
                <Table
                  label={`Subjects: ${count(total)}`}
                  columns={columns}
                  rows={items}
                  keyOf={({ subject }) => subject}
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
                  what="subjects"
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

function NoSubjects({ text }: { text: string | undefined }) {
  if (text === undefined)
    return (
      <Empty title="Nobody is signed in.">
        A subject shows here for as long as it has a live session: Sojourn keeps no table of users.
      </Empty>
    )
  return (
    <Empty title="Nobody of that name is signed in.">
      <Button onClick={() => navigate(`/subjects/${encodeURIComponent(text)}`)}>
        Look up exactly “{visible(text)}”
      </Button>
    </Empty>
  )
}
