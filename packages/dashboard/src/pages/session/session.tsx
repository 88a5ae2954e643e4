// One session: its facts while it lives, and what happened to it, whether it lives or not.

import { useQuery, useQueryClient } from '@tanstack/react-query'

import { get, Refusal, send } from '../../api/client.ts'
import type { Explanation, WholeSession } from '../../api/types.ts'
import { useCaller, useMayManage } from '../../app/caller.ts'
import { Link } from '../../app/router.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { visible } from '../../ui/device.ts'
import { PageHead } from '../../ui/page-head.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Answer, Empty, Failure, Skeleton } from '../../ui/states.tsx'
import { Exactly } from '../../ui/time.tsx'
import { Details } from './details.tsx'
import { OtherDevices } from './other-devices.tsx'
import { reasonInWords } from './reasons.ts'
import { Timeline } from './timeline.tsx'

/** A live session; null where there is none of that id. */
function useLive(id: string) {
  return useQuery({
    queryKey: ['session', id],
    queryFn: async ({ signal }) => {
      try {
        return (await get<{ session: WholeSession }>(`/api/sessions/${encodeURIComponent(id)}`, { signal }))
          .session
      } catch (error) {
        if (error instanceof Refusal && error.status === 404) return null
        throw error
      }
    },
  })
}

// Asking is written in the trail, so it is asked once.
function useStory(id: string, isWanted: boolean) {
  return useQuery({
    queryKey: ['story', id],
    queryFn: ({ signal }) => get<Explanation>(`/api/sessions/${encodeURIComponent(id)}/explain`, { signal }),
    staleTime: Infinity,
    enabled: isWanted,
  })
}

export function OneSession({ id }: { id: string }) {
  const live = useLive(id)
  const hasAudit = useCaller()?.hasAudit
  const story = useStory(id, hasAudit === true)
  const mayManage = useMayManage()
  const cache = useQueryClient()
  const subject = live.data?.subject ?? story.data?.subject ?? null
  const again = async (): Promise<void> => {
    await Promise.all([
      cache.invalidateQueries({ queryKey: ['session', id] }),
      cache.invalidateQueries({ queryKey: ['story', id] }),
      cache.invalidateQueries({ queryKey: ['sessions'] }),
      cache.invalidateQueries({ queryKey: ['devices'] }),
    ])
  }
  return (
    <>
      <p className="crumbs">
        <Link to="/sessions">Sessions</Link>
      </p>
      <PageHead
        title={subject === null ? 'Session' : visible(subject)}
        actions={
          live.data && (
            <Confirm
              label="End this session"
              title="End this session?"
              action="End it"
              isDisabled={!mayManage}
              work={() => send('DELETE', `/api/sessions/${encodeURIComponent(id)}`)}
              done={() => void again()}
            >
              <p>
                Its device is signed out on every server at once, access tokens included. Its person can sign
                in again.
              </p>
            </Confirm>
          )
        }
      >
        <State live={live.data} story={story.data} /> <code className="id">{visible(id)}</code>
      </PageHead>
      <div className="session">
        <div className="stack">
          <Answer of={live} lines={8}>
            {(session) =>
              session ? (
                <Details session={session} />
              ) : (
                <Panel title="Facts">
                  <Empty title="It does not live any more.">
                    Of a session that has ended, the store keeps nothing. What is known of it is in the audit
                    trail.
                  </Empty>
                </Panel>
              )
            }
          </Answer>
          {subject !== null && <OtherDevices subject={subject} id={id} />}
        </div>
        <Panel title="What happened">
          {hasAudit === false ? (
            <Empty title="The audit trail is off.">
              With <code>SOJOURN_AUDIT=on</code> this shows how the session began, what happened to it and why
              it ended.
            </Empty>
          ) : story.data ? (
            <Timeline of={story.data} />
          ) : story.error ? (
            <Failure error={story.error} retry={() => void story.refetch()} />
          ) : (
            <Skeleton lines={5} />
          )}
        </Panel>
      </div>
    </>
  )
}

function State({ live, story }: { live: WholeSession | null | undefined; story: Explanation | undefined }) {
  if (live) return <Badge tone="good">Live</Badge>
  if (live === undefined) return null
  const ended = story?.ended
  if (!ended) return <Badge>Not live</Badge>
  return (
    <>
      <Badge tone={ended.reason === 'reused' ? 'alarm' : 'plain'}>{reasonInWords(ended.reason)}</Badge>{' '}
      <Exactly at={ended.at} />
    </>
  )
}
