// Counts and durations as Prometheus reads them (text format 0.0.4), and as plain values that the processes of one server
// can add up. Names and labels are ours, never a client's, so their number is bounded.

export type Labels = Readonly<Record<string, string>>

/** One line of the exposition: a name, its labels and a number. */
export interface Sample {
  readonly name: string
  readonly labels: Labels
  readonly value: number
}

/** All samples of one metric. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly samples: readonly Sample[]
}

export interface Counter {
  add(labels: Labels, value?: number): void
  family(): Family
}

export function counter(name: string, help: string): Counter {
  const values = new Map<string, { labels: Labels; value: number }>()
  return {
    add(labels, value = 1) {
      const kept = at(values, labels, () => ({ labels, value: 0 }))
      kept.value += value
    },
    family: () => ({
      name,
      help,
      type: 'counter',
      samples: [...values.values()].map(({ labels, value }) => ({ name, labels, value })),
    }),
  }
}

export interface Histogram {
  observe(labels: Labels, value: number): void
  family(): Family
}

interface Observed {
  readonly labels: Labels
  readonly counts: number[]
  sum: number
}

/** `bounds` are the upper ends of the buckets, ascending. */
export function histogram(name: string, help: string, bounds: readonly number[]): Histogram {
  const observed = new Map<string, Observed>()
  return {
    observe(labels, value) {
      const kept = at(observed, labels, () => ({ labels, counts: bounds.map(() => 0).concat(0), sum: 0 }))
      const bucket = bounds.findIndex((bound) => value <= bound)
      const index = bucket === -1 ? bounds.length : bucket
      kept.counts[index] = (kept.counts[index] ?? 0) + 1
      kept.sum += value
    },
    family: () => ({
      name,
      help,
      type: 'histogram',
      samples: [...observed.values()].flatMap((one) => samplesOf(name, one, bounds)),
    }),
  }
}

function samplesOf(
  name: string,
  { labels, counts, sum }: Observed,
  bounds: readonly number[],
): readonly Sample[] {
  let total = 0
  const buckets = counts.map((count, index) => {
    total += count
    const le = index < bounds.length ? String(bounds[index]) : '+Inf'
    return { name: `${name}_bucket`, labels: { ...labels, le }, value: total }
  })
  return [
    ...buckets,
    { name: `${name}_sum`, labels, value: sum },
    { name: `${name}_count`, labels, value: total },
  ]
}

/** A number of this moment. */
export function gauge(name: string, help: string, value: number, labels: Labels = {}): Family {
  return { name, help, type: 'gauge', samples: [{ name, labels, value }] }
}

function at<T>(map: Map<string, T>, labels: Labels, make: () => T): T {
  const key = JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const kept = map.get(key) ?? make()
  map.set(key, kept)
  return kept
}

interface Sum {
  readonly sample: Sample
  value: number
}

/** The families of several processes as one: what has the same name and labels is added up. */
export function merged(processes: readonly (readonly Family[])[]): readonly Family[] {
  const families = new Map<
    string,
    { family: Family; samples: Map<string, { sample: Sample; value: number }> }
  >()
  for (const family of processes.flat()) {
    const kept = families.get(family.name) ?? { family, samples: new Map<string, Sum>() }
    families.set(family.name, kept)
    for (const sample of family.samples) {
      const one = at(kept.samples, { ...sample.labels, ' ': sample.name }, () => ({ sample, value: 0 }))
      one.value += sample.value
    }
  }
  return [...families.values()].map(({ family, samples }) => ({
    ...family,
    samples: [...samples.values()].map(({ sample, value }) => ({ ...sample, value })),
  }))
}

/** The text that Prometheus reads. */
export function exposition(families: readonly Family[]): string {
  return families.map(familyText).join('')
}

function familyText({ name, help, type, samples }: Family): string {
  const lines = samples.map(({ name: of, labels, value }) => `${of}${labelText(labels)} ${value}\n`)
  return `# HELP ${name} ${help.replaceAll('\\', String.raw`\\`).replaceAll('\n', ' ')}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
}
