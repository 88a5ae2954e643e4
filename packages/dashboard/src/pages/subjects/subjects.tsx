// Everybody who is signed in, once.

import type { Subject } from '../../api/types.ts'
import { Link, navigate } from '../../app/router.tsx'
import { Button } from '../../ui/button.tsx'
import { visible } from '../../ui/device.ts'
import { Listed, useListing } from '../../ui/listing.tsx'
import { count } from '../../ui/number.ts'
import { PageHead } from '../../ui/page-head.tsx'
import { Search } from '../../ui/search.tsx'
import { Empty } from '../../ui/states.tsx'
import type { Column } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'

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
  const listing = useListing<Subject>('subjects')
  const { text, found, change } = listing
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
          change={(typed) => change({ text: typed }, true)}
        />
      </div>
      <Listed
        of={listing}
        title="Subjects"
        columns={columns}
        keyOf={({ subject }) => subject}
        empty={<NoSubjects text={text} />}
        incomplete="There are more than can be looked through here."
      />
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
