// The numbers of a chart as a table, for whoever does not see it, and for whoever wants to know exactly. It is made only
// when it is opened.

import { useState } from 'react'

import { exactly } from '../ui/time.tsx'
import { shown, type Line } from './line.ts'

const most = 60

export function Numbers({
  times,
  lines,
  format,
}: {
  times: readonly number[]
  lines: readonly Line[]
  format: (value: number) => string
}) {
  const [isOpen, setIsOpen] = useState(false)
  // The newest first, without those in which nothing was.
  const told = times
    .map((time, index) => ({ time, values: lines.map(({ values }) => values[index]) }))
    .filter(({ values }) => values.some((value) => value !== null && value !== undefined && value !== 0))
    .toReversed()
    .slice(0, most)
  return (
    <details className="numbers" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>Numbers</summary>
      {isOpen && told.length === 0 && <p>Nothing but zeros.</p>}
      {isOpen && told.length > 0 && (
        <div className="numbers-table" role="region" aria-label="Numbers of the chart" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">From</th>
                {lines.map(({ name }) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {told.map(({ time, values }) => (
                <tr key={time}>
                  <th scope="row">{exactly(time)}</th>
                  {values.map((value, index) => (
                    <td key={lines[index]?.name}>{shown(value, format)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  )
}
