const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const longest = 400 * units.d

/** A duration such as 30m, 12h or 90d in milliseconds; undefined for anything else, and for more than 400 days. */
export function milliseconds(text: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,5})([mhd])$/.exec(text) ?? []
  const span = Number(count) * units[unit as keyof typeof units]
  return span <= longest ? span : undefined
}
