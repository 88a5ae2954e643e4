// Chance that comes out the same for the same seed: what a client does and what breaks is chosen with it, so a run can
// be repeated as far as real processes allow.

export interface Chance {
  /** At least 0 and less than 1. */
  next(): number
  /** A number from `low` up to `high`. */
  between(low: number, high: number): number
  /** True in that share of all cases. */
  happens(share: number): boolean
  /** One of them. */
  one<T>(items: readonly T[]): T
  /** One of the names, each as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name
  /** The same items in another order. */
  shuffled<T>(items: readonly T[]): T[]
}

/** Chance of its own for whoever is named by `parts`. */
export function chanceFor(...parts: readonly (string | number)[]): Chance {
  let state = hash(parts.join(' '))
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const chance: Chance = {
    next,
    between: (low, high) => low + next() * (high - low),
    happens: (share) => next() < share,
    one: (items) => items[Math.floor(next() * items.length)]!,
    weighted(weights) {
      const names = Object.keys(weights) as (keyof typeof weights)[]
      let left = next() * names.reduce((sum, name) => sum + weights[name], 0)
      return names.find((name) => (left -= weights[name]) < 0) ?? names[0]!
    },
    shuffled: (items) =>
      items
        .map((item) => ({ item, at: next() }))
        .sort((a, b) => a.at - b.at)
        .map(({ item }) => item),
  }
  return chance
}

// FNV-1a.
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value | 0
}
