// Times as a person reads them: how long ago, with the exact instant at hand.

import { useEffect, useState } from 'react'

// A unit holds until the next one is reached twice: "90 min" says more than "1 h".
const units: readonly (readonly [unit: string, seconds: number, from: number])[] = [
  ['d', 86_400, 2 * 86_400],
  ['h', 3600, 2 * 3600],
  ['min', 60, 60],
  ['s', 1, 0],
]
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

/** Such as "3 min ago" or "in 2 h". */
function fromNow(at: number, now: number): string {
  const seconds = Math.abs(Math.round((at - now) / 1000))
  if (seconds < 5) return 'now'
  const [unit, span] = units.find(([, , from]) => seconds >= from) ?? ['s', 1]
  const text = `${Math.round(seconds / span)} ${unit}`
  return at > now ? `in ${text}` : `${text} ago`
}

/** Such as "27 Nov 2026, 21:14:05", in the time of the reader. */
export function exactly(at: string | number): string {
  return exact.format(new Date(at))
}

// One clock for all, so that a table does not start a timer for each cell.
const tellers = new Set<(now: number) => void>()
let timer: ReturnType<typeof setInterval> | undefined

function useNow(): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    tellers.add(setNow)
    timer ??= setInterval(() => {
      for (const tell of tellers) tell(Date.now())
    }, 10_000)
    return () => {
      tellers.delete(setNow)
      if (tellers.size > 0) return
      clearInterval(timer)
      timer = undefined
    }
  }, [])
  return now
}

/** A time, told from now. */
export function Ago({ at }: { at: string }) {
  const now = useNow()
  return (
    <time dateTime={at} title={exactly(at)}>
      {fromNow(Date.parse(at), now)}
    </time>
  )
}

/** A time, told exactly. */
export function Exactly({ at }: { at: string }) {
  return <time dateTime={at}>{exactly(at)}</time>
}
