// The audit trail: what has happened, newest first, filtered by the server, and live if wanted. To read it is written in it,
// so nothing is asked here by itself; what happens meanwhile comes from the stream of events.

import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { get } from '../../api/client.ts'
import type { AuditPage, AuditRecord } from '../../api/types.ts'
import { useEvents } from '../../api/use-events.ts'
import { useCaller } from '../../app/caller.ts'
import { useParameters } from '../../app/router.tsx'
import { Button } from '../../ui/button.tsx'
import { Live } from '../../ui/live.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { Answer, Empty } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { auditColumns } from './columns.tsx'
import { Filters, type Filter } from './filters.tsx'
import { Verify } from './verify.tsx'

const size = 50
const mostNew = 200

export function Audit() {
  const caller = useCaller()
  const [parameter, change] = useParameters()
  const filter: Filter = {
    type: parameter('type'),
    subject: parameter('subject'),
    session: parameter('session'),
    since: parameter('since'),
  }
  const isLive = parameter('live') !== undefined
  if (caller && !caller.hasAudit)
    return (
      <>
        <PageHead title="Audit trail" />
        <Empty title="The audit trail is off.">
          With <code>SOJOURN_AUDIT=on</code> everything that happens is kept, chained so that a change shows.
        </Empty>
      </>
    )
  return (
    <>
      <PageHead
        title="Audit trail"
        actions={
          <Button aria-pressed={isLive} onClick={() => change({ live: isLive ? undefined : 'on' }, true)}>
            {isLive ? 'Stop following' : 'Follow live'}
          </Button>
        }
      >
        Everything that has happened. That you read it is written in it.
      </PageHead>
      <Verify />
      <Filters filter={filter} change={(changes) => change(changes, true)} />
      <Records key={JSON.stringify(filter)} filter={filter} isLive={isLive} />
    </>
  )
}

const spans: Readonly<Record<string, number>> = { hour: 3_600_000, day: 86_400_000, week: 604_800_000 }

function Records({ filter, isLive }: { filter: Filter; isLive: boolean }) {
  const { type, subject, session, since } = filter
  const [from] = useState(() => {
    const span = since === undefined ? undefined : spans[since]
    return span === undefined ? undefined : new Date(Date.now() - span).toISOString()
  })
  const pages = useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) =>
      get<AuditPage>('/api/audit', {
        query: { type, subject, session, since: from, cursor: pageParam, limit: size },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    staleTime: Infinity,
    gcTime: 0,
  })
  const [news, setNews] = useState<readonly AuditRecord[]>([])
  const state = useEvents((event) => {
    if (fits(event, filter)) setNews((known) => [event, ...known].slice(0, mostNew))
  }, isLive)
  return (
    <Answer of={pages} lines={10}>
      {({ pages: read }) => {
        const records = [...news, ...read.flatMap(({ items }) => items)]
        return (
          <div className="listing">
            {isLive && <Live state={state} />}
            {records.length === 0 ? (
              <Empty title="Nothing of that kind has happened.">
                Take a filter away, or look further back.
              </Empty>
            ) : (
              <Table
                label="Events, the newest first"
                columns={auditColumns}
                rows={records}
                keyOf={(record) =>
                  record.number === undefined
                    ? `new ${news.length - news.indexOf(record)}`
                    : String(record.number)
                }
                toneOf={({ level }) => level}
              />
            )}
            {pages.hasNextPage && (
              <Button isBusy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
                Show earlier ones
              </Button>
            )}
          </div>
        )
      }}
    </Answer>
  )
}

function fits(event: AuditRecord, { type, subject, session }: Filter): boolean {
  return (
    (type === undefined || event.type === type || event.type.startsWith(`${type}.`)) &&
    (subject === undefined || event.subject === subject) &&
    (session === undefined || event.sessionId === session)
  )
}
