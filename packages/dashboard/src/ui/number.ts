const counts = new Intl.NumberFormat('en')
const sizes = ['B', 'kB', 'MB', 'GB', 'TB']

/** Such as 12,345. */
export function count(value: number): string {
  return counts.format(value)
}

/** Such as "0 s", "340 ms" or "12 s". */
export function seconds(value: number): string {
  if (value === 0) return '0 s'
  return value < 1
    ? `${Math.round(value * 1000)} ms`
    : `${value < 10 ? value.toFixed(1) : Math.round(value)} s`
}

/** Such as "1.2 MB". */
export function bytes(value: number): string {
  const power = Math.min(sizes.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3))
  const scaled = value / 1000 ** power
  return `${power === 0 || scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1)} ${sizes[power]}`
}
