// How it goes: the numbers of now, charts of the last hour or day, and what has just happened.

import { useQuery } from '@tanstack/react-query'

import { get } from '../../api/client.ts'
import type { History, Stats } from '../../api/types.ts'
import { useParameters } from '../../app/router.tsx'
import { Choice } from '../../ui/choice.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { Answer } from '../../ui/states.tsx'
import { Charts } from './charts.tsx'
import { Lately } from './lately.tsx'
import { Tiles } from './tiles.tsx'

const every = 5000

export function Overview() {
  const [parameter, change] = useParameters()
  const span = parameter('span') === 'day' ? 'day' : 'hour'
  const history = useQuery({
    queryKey: ['history', span],
    queryFn: ({ signal }) => get<History>('/api/history', { query: { span }, background: true, signal }),
    refetchInterval: every,
  })
  const stats = useQuery({
    queryKey: ['stats'],
    queryFn: ({ signal }) => get<Stats>('/api/stats', { background: true, signal }),
    refetchInterval: every,
  })
  return (
    <>
      <PageHead
        title="Overview"
        actions={
          <Choice
            label="Over which time"
            value={span}
            choices={[
              ['hour', 'Last hour'],
              ['day', 'Last day'],
            ]}
            change={(chosen) => change({ span: chosen === 'hour' ? undefined : chosen }, true)}
          />
        }
      >
        What this server has seen since it started; <code>/metrics</code> tells of all servers.
      </PageHead>
      <Answer of={history} lines={8}>
        {(told) => (
          <>
            <Tiles history={told} stats={stats.data} span={span} />
            <div className="overview">
              <Charts history={told} span={span} />
              <Lately />
            </div>
          </>
        )}
      </Answer>
    </>
  )
}
