// The doctor's table. What failed comes with what to do.

import type { Check } from '../../api/types.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Table, type Column } from '../../ui/table.tsx'

const headings = { do: 'Do', "don't": 'Don’t', also: 'And' } as const
const tones: Readonly<Record<Check['verdict'], Tone>> = { pass: 'good', fail: 'alarm', 'not seen': 'plain' }

const columns: readonly Column<Check>[] = [
  { title: 'Verdict', cell: ({ verdict }) => <Badge tone={tones[verdict]}>{verdict}</Badge> },
  { title: 'Check', cell: ({ title }) => <span className="strong">{title}</span> },
  {
    title: 'Why',
    cell: ({ verdict, seen, remedy }) => (
      <>
        {seen}
        {verdict === 'fail' && <span className="remedy">{remedy}</span>}
      </>
    ),
  },
]

export function Doctor({ environment, checks }: { environment: string; checks: readonly Check[] }) {
  const number = (verdict: Check['verdict']): number =>
    checks.filter((check) => check.verdict === verdict).length
  return (
    <>
      <div className="doctor-head">
        <h2>The doctor on the settings for {environment}</h2>
        <p>
          <Badge tone="good">{number('pass')} pass</Badge>{' '}
          <Badge tone={number('fail') > 0 ? 'alarm' : 'plain'}>{number('fail')} fail</Badge>{' '}
          <Badge>{number('not seen')} not seen</Badge>
        </p>
        <p className="note">
          What only a running application shows is not seen here: <code>sojourn doctor --url</code> looks at
          one.
        </p>
      </div>
      {(Object.keys(headings) as Check['kind'][]).map((kind) => (
        <Panel key={kind} title={headings[kind]}>
          <Table
            label={headings[kind]}
            columns={columns}
            rows={checks.filter((check) => check.kind === kind)}
            keyOf={({ id }) => id}
          />
        </Panel>
      ))}
    </>
  )
}
