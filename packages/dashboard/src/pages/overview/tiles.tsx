// The numbers of now, and sums over the time that is shown.

import type { ReactNode } from 'react'

import type { History, Stats, Stretch } from '../../api/types.ts'
import { Link } from '../../app/router.tsx'
import { count, seconds } from '../../ui/number.ts'
import { Ago } from '../../ui/time.tsx'

type Counted = 'signIns' | 'refreshes' | 'replays' | 'thefts' | 'refused'

export function Tiles({
  history: { items },
  stats,
  span,
}: {
  history: History
  stats: Stats | undefined
  span: 'hour' | 'day'
}) {
  const sum = (name: Counted): number => items.reduce((total, stretch) => total + stretch[name], 0)
  const live = items.findLast((stretch: Stretch) => stretch.live !== null)?.live
  const thefts = sum('thefts')
  const within = span === 'hour' ? 'in the last hour' : 'in the last day'
  const lag = stats?.feedLagSeconds
  const backlog = stats?.entries?.expired
  return (
    <ul className="tiles">
      <Tile name="Live sessions" value={live === null || live === undefined ? '–' : count(live)}>
        <Link to="/sessions">Look through them</Link>
      </Tile>
      <Tile name="Sign-ins" value={count(sum('signIns'))}>
        {within}
      </Tile>
      <Tile name="Refreshes" value={count(sum('refreshes'))}>
        {within}
      </Tile>
      <Tile name="Replays" value={count(sum('replays'))}>
        races and lost answers, forgiven
      </Tile>
      <Tile name="Thefts caught" value={count(thefts)} tone={thefts > 0 ? 'alarm' : undefined}>
        {thefts > 0 ? <Link to="/audit?type=session.reused">See which</Link> : within}
      </Tile>
      <Tile
        name="Feed lag"
        value={lag === undefined ? '–' : seconds(lag)}
        tone={lag !== undefined && lag > 10 ? 'warn' : undefined}
      >
        until a sign-out is known here
      </Tile>
      <Tile name="Sweep backlog" value={backlog === undefined ? '–' : count(backlog)}>
        {stats?.lastSweep ? (
          <>
            swept <Ago at={stats.lastSweep.at} />
          </>
        ) : (
          'expired, not yet removed'
        )}
      </Tile>
    </ul>
  )
}

function Tile({
  name,
  value,
  tone,
  children,
}: {
  name: string
  value: string
  tone?: 'alarm' | 'warn' | undefined
  children: ReactNode
}) {
  return (
    <li className="tile" data-tone={tone}>
      <span className="tile-name">{name}</span>
      <b className="tile-value">{value}</b>
      <span className="tile-note">{children}</span>
    </li>
  )
}
