// Medians and quartiles: a few slow rounds on a busy machine move neither.

export interface Spread {
  readonly median: number
  /** Of the rounds, half lie between these. */
  readonly lower: number
  readonly upper: number
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (part: number): number => {
    const place = (sorted.length - 1) * part
    const below = sorted[Math.floor(place)] ?? Number.NaN
    const above = sorted[Math.ceil(place)] ?? Number.NaN
    return below + (above - below) * (place - Math.floor(place))
  }
  return { median: at(0.5), lower: at(0.25), upper: at(0.75) }
}
