// All live sessions, searched, filtered and sorted by the server, page by page.

import { Button } from '../../ui/button.tsx'
import { Listed, useListing } from '../../ui/listing.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { Search } from '../../ui/search.tsx'
import { Select } from '../../ui/select.tsx'
import { Empty } from '../../ui/states.tsx'
import { sessionColumns, type ListedSession } from './columns.tsx'

export function Sessions() {
  const listing = useListing<ListedSession>('sessions', ['profile'])
  const { text, narrowedBy, found, change } = listing
  const profile = narrowedBy('profile')
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
          change={(typed) => change({ text: typed }, true)}
        />
        <Select
          label="Carries"
          value={profile ?? ''}
          choices={[
            ['', 'Cookies or bearer'],
            ['cookie', 'Cookies'],
            ['bearer', 'Bearer'],
          ]}
          change={(chosen) => change({ profile: chosen })}
        />
      </div>
      <Listed
        of={listing}
        title="Sessions"
        columns={sessionColumns}
        keyOf={({ id }) => id}
        empty={
          <NoSessions
            isNarrowed={text !== undefined || profile !== undefined}
            clear={() => change({ text: undefined, profile: undefined })}
          />
        }
        incomplete={
          <>
            There are more sessions than can be looked through here: what you see is part of them. Ask for a
            subject under <b>Subjects</b>, or use <code>sojourn sessions list</code>.
          </>
        }
      />
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
