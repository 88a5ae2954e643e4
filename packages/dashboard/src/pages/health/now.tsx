import { useQuery, useQueryClient } from '@tanstack/react-query'

import { get, send } from '../../api/client.ts'
import type { Stats } from '../../api/types.ts'
import { useMayManage } from '../../app/caller.ts'
import { Badge } from '../../ui/badge.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Facts } from '../../ui/facts.tsx'
import { bytes, count, seconds } from '../../ui/number.ts'
import { Panel } from '../../ui/panel.tsx'
import { Answer } from '../../ui/states.tsx'
import { Ago } from '../../ui/time.tsx'

/** The store and the feed at this moment, and the way to clean up at once. */
export function Now() {
  const stats = useQuery({
    queryKey: ['stats'],
    queryFn: ({ signal }) => get<Stats>('/api/stats', { background: true, signal }),
    refetchInterval: 5000,
  })
  const cache = useQueryClient()
  const mayManage = useMayManage()
  return (
    <Panel
      title="Now"
      actions={
        <Confirm
          kind="plain"
          label="Sweep now"
          title="Remove what has expired?"
          action="Sweep"
          isDisabled={!mayManage}
          work={() => send('POST', '/api/sweep', {})}
          done={() => void cache.invalidateQueries({ queryKey: ['stats'] })}
        >
          <p>The server does so once a minute by itself. One call goes on for ten seconds at most.</p>
        </Confirm>
      }
    >
      <Answer of={stats} lines={3}>
        {({ entries, bytes: size, feedLagSeconds, lastSweep }) => (
          <Facts
            of={[
              [
                'Store',
                stats.error ? (
                  <Badge tone="alarm">does not answer</Badge>
                ) : (
                  <Badge tone="good">answers</Badge>
                ),
              ],
              ['Entries', entries ? count(entries.live) : 'cannot be counted'],
              ['Size', size === null ? 'not known' : bytes(size)],
              [
                'Feed lag',
                feedLagSeconds > 10 ? (
                  <Badge tone="warn">{seconds(feedLagSeconds)}</Badge>
                ) : (
                  seconds(feedLagSeconds)
                ),
              ],
              ['Sweep backlog', entries ? count(entries.expired) : 'not known'],
              [
                'Last sweep',
                lastSweep ? (
                  <>
                    <Ago at={lastSweep.at} />: {count(lastSweep.removed)} removed in{' '}
                    {seconds(lastSweep.tookSeconds)}
                  </>
                ) : (
                  'none yet of this process'
                ),
              ],
            ]}
          />
        )}
      </Answer>
    </Panel>
  )
}
