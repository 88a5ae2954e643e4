/** Milliseconds since the Unix epoch, in UTC. */
export type Instant = number

/** A span of time in milliseconds. */
export type Milliseconds = number

/** How people write a span of time: a number of seconds, or a number with its unit, such as `'90s'` or `'5m'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const units: Readonly<Record<string, Milliseconds>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** The span in milliseconds, or undefined if the text is not a positive, finite duration. */
export function milliseconds(duration: string | number): Milliseconds | undefined {
  const span = millisecondsOrNone(duration)
  return span === 0 ? undefined : span
}

/** As `milliseconds`, and 0 for no time at all, where that means something. */
export function millisecondsOrNone(duration: string | number): Milliseconds | undefined {
  if (typeof duration === 'number') return rounded(duration * 1000)
  const match = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(duration)
  return match ? rounded(Number(match[1]) * (units[match[2]!] ?? Number.NaN)) : undefined
}

function rounded(value: number): Milliseconds | undefined {
  return Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined
}

/** Whole seconds since the epoch, as RFC 7519 §2 NumericDate wants them; rounded down. */
export function numericDate(instant: Instant): number {
  return Math.floor(instant / 1000)
}
