// A chart over time. It is drawn on a canvas, which says nothing to a screen reader: so it has a name that sums it up, and
// the same numbers as a table.

import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

import { shown, type Line } from './line.ts'
import { Numbers } from './numbers.tsx'
import { palette } from './palette.ts'

interface ChartProps {
  /** What a screen reader is told in place of the picture. */
  readonly label: string
  /** In milliseconds, ascending. */
  readonly times: readonly number[]
  /** How long a stretch of time is, in milliseconds. */
  readonly step: number
  readonly lines: readonly Line[]
  readonly format: (value: number) => string
}

const height = 132
// Stretches that there is room for at least.
const fewest = 12

export function Chart({ label, times, step, lines, format }: ChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const theme = useTheme()
  const [under, setUnder] = useState<number | null>(null)
  const names = lines.map(({ name }) => name).join()
  const latest = useRef({ lines, format })
  useEffect(() => {
    latest.current = { lines, format }
  })

  useEffect(() => {
    const element = box.current
    if (!element) return
    const inks = palette(element)
    const made = new uPlot(
      optionsFor(latest.current.lines, {
        inks,
        step,
        width: element.clientWidth,
        format: (value) => latest.current.format(value),
        setUnder,
      }),
      [[], ...latest.current.lines.map(() => [])],
      element,
    )
    plot.current = made
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    watch.observe(element)
    return () => {
      watch.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [theme, names, step])

  useEffect(() => {
    plot.current?.setData([
      times.map((time) => time / 1000),
      ...lines.map(({ values }) => [...values]),
    ] as uPlot.AlignedData)
  }, [times, lines, theme, names, step])

  return (
    <figure className="chart">
      <figcaption className="legend">
        {lines.map(({ name, ink, values }) => (
          <span key={name} data-ink={ink}>
            {name}
            {under !== null && <b>{shown(values[under], format)}</b>}
          </span>
        ))}
        {under !== null && times[under] !== undefined && <time>{clock.format(times[under])}</time>}
      </figcaption>
      <div className="plot" ref={box} role="img" aria-label={label} />
      <Numbers times={times} lines={lines} format={format} />
    </figure>
  )
}

const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480].map((count) => count * 60)
const brief = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })

const dark = matchMedia('(prefers-color-scheme: dark)')

function useTheme(): boolean {
  return useSyncExternalStore(
    (tell) => {
      dark.addEventListener('change', tell)
      return () => dark.removeEventListener('change', tell)
    },
    () => dark.matches,
  )
}

interface Drawing {
  readonly inks: ReturnType<typeof palette>
  readonly step: number
  readonly width: number
  readonly format: (value: number) => string
  readonly setUnder: (index: number | null) => void
}

function optionsFor(lines: readonly Line[], { inks, step, width, format, setUnder }: Drawing): uPlot.Options {
  const axis = { stroke: inks.soft, font: `11px ${inks.font}`, ticks: { show: false } }
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    hooks: { setCursor: [({ cursor }) => setUnder(cursor.idx ?? null)] },
    scales: {
      // A server that has just started fills some of it, from the right.
      x: { time: true, range: (_, first, last) => [Math.min(first, last - fewest * (step / 1000)), last] },
      // A quiet hour is a line at the bottom, and not one in the middle.
      y: { range: (_, __, most) => [0, Math.max(1, most * 1.15)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 22,
        incrs: minutes,
        space: 72,
        values: (_, values) => values.map((value) => brief.format(value * 1000)),
      },
      {
        ...axis,
        grid: { stroke: inks.line, width: 1 },
        size: 44,
        space: 36,
        values: (_, values) =>
          values.map((value) => (lines[0]?.kind === 'columns' && value % 1 !== 0 ? '' : format(value))),
      },
    ],
    series: [
      {},
      ...lines.map(({ ink, kind = 'line' }) => ({
        stroke: inks[ink],
        width: kind === 'line' ? 1.75 : 1,
        points: { show: false },
        // A stretch that nobody has seen is a gap, but looking is rarer than counting.
        spanGaps: true,
        ...(kind === 'columns'
          ? { fill: `${inks[ink]}55`, paths: uPlot.paths.stepped?.({ align: 1 }) ?? null }
          : { fill: `${inks[ink]}14` }),
      })),
    ] as uPlot.Series[],
    padding: [8, 18, 0, 0],
  }
}
