// Spans and instants as people read them.

/** Such as "18 s", "4 min 05 s" or "59 min". */
export function span(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** Such as "6.4 s". */
export function exactSpan(milliseconds) {
  return `${(Math.max(0, milliseconds) / 1000).toFixed(1)} s`
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

/** The time of day. */
export function timeOfDay(instant) {
  return clock.format(instant)
}
