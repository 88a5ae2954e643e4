// The charts of the overview.

import { useMemo } from 'react'

import type { History } from '../../api/types.ts'
import { Chart } from '../../chart/chart.tsx'
import type { Line } from '../../chart/line.ts'
import { count, seconds } from '../../ui/number.ts'
import { Panel } from '../../ui/panel.tsx'

interface Drawn {
  readonly title: string
  readonly lines: readonly Line[]
  readonly format: (value: number) => string
}

export function Charts({
  history: { items, stepSeconds },
  span,
}: {
  history: History
  span: 'hour' | 'day'
}) {
  const times = useMemo(() => items.map(({ at }) => Date.parse(at)), [items])
  const charts = useMemo(() => chartsOf(items), [items])
  const over = span === 'hour' ? 'the last hour' : 'the last day'
  return (
    <div className="charts">
      {charts.map(({ title, lines, format }) => (
        <Panel
          key={title}
          title={title}
          note={`each ${stepSeconds < 60 ? `${stepSeconds} s` : `${stepSeconds / 60} min`}`}
        >
          <Chart
            label={`${title} over ${over}: ${lines.map((line) => inWords(line, format)).join('; ')}`}
            times={times}
            step={stepSeconds * 1000}
            lines={lines}
            format={format}
          />
        </Panel>
      ))}
    </div>
  )
}

function chartsOf(items: History['items']): readonly Drawn[] {
  return [
    {
      title: 'Sign-ins and refreshes',
      format: count,
      lines: [
        {
          name: 'Refreshes',
          ink: 'second',
          kind: 'columns',
          values: items.map(({ refreshes }) => refreshes),
        },
        { name: 'Sign-ins', ink: 'accent', kind: 'columns', values: items.map(({ signIns }) => signIns) },
      ],
    },
    {
      title: 'Sessions',
      format: count,
      lines: [
        { name: 'Live', ink: 'accent', values: items.map(({ live }) => live) },
        { name: 'Sweep backlog', ink: 'warn', values: items.map(({ backlog }) => backlog) },
      ],
    },
    {
      title: 'Forgiven and refused',
      format: count,
      lines: [
        { name: 'Replays', ink: 'second', kind: 'columns', values: items.map(({ replays }) => replays) },
        { name: 'Refused', ink: 'warn', kind: 'columns', values: items.map(({ refused }) => refused) },
        { name: 'Thefts caught', ink: 'alarm', kind: 'columns', values: items.map(({ thefts }) => thefts) },
      ],
    },
    {
      title: 'Feed lag',
      format: seconds,
      lines: [{ name: 'Lag', ink: 'accent', values: items.map(({ feedLagSeconds }) => feedLagSeconds) }],
    },
  ]
}

function inWords({ name, kind, values }: Line, format: (value: number) => string): string {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return `${name} not known`
  if (kind === 'columns') return `${name} ${format(known.reduce((sum, value) => sum + value, 0))} in all`
  return `${name} now ${format(known.at(-1) ?? 0)}, at most ${format(Math.max(...known))}`
}
