// One piece of work, done by several: ours, those we are measured beside, and the raw operation that nobody can beat. A
// work knows how to do it and what we want to reach; measuring it is the business of measure.ts.

export type Kind = 'ours' | 'peer' | 'raw' | 'bare'

/** What is less where the cost is less. */
export type Virtue = 'fast' | 'small'

/** Somebody who does the work. */
export interface Contender {
  readonly name: string
  readonly kind: Kind
  /**
   * Where a work asks several questions: which of them this answers, as the end of its name says too. A table and a chart
   * show the answers to one question together, and a ratio is that to ours of the same.
   */
  readonly question?: string
  /** Does it once and looks at the result, and lets it refuse what must be refused. Throws if anything is wrong. */
  prove(): Promise<void>
  /** Does it over and over, for at least `span` milliseconds; gives the cost of one, in the unit of the work. */
  measure(span: number): Promise<number>
}

/** What we want to reach. */
export type Goal =
  /** So many times as fast as another, or as the fastest peer. */
  | { readonly times: number; readonly than: string; readonly who?: string }
  /** A cost of ours, above the bare one where the work has one. */
  | { readonly atMost: number; readonly who?: string }

/** What `than` of a goal says for whichever peer is the fastest. */
export const bestPeer = 'the best peer'

export interface Work {
  /** The row, and which form of it: `verify`, `ES256`. */
  readonly row: string
  readonly variant: string
  readonly title: string
  /** What a cost is counted in. */
  readonly unit: string
  /** What ours should be. Default: fast. */
  readonly virtue?: Virtue
  readonly contenders: readonly Contender[]
  readonly goals: readonly Goal[]
  /**
   * By how much ours must be ahead so that a step backwards is noticed on the busiest machine: half of what was measured.
   * Without it the work guards nothing.
   */
  readonly guard?: readonly Goal[]
  /** What a reader must know to judge the figures. */
  readonly note?: string
  close?(): Promise<void>
}

export interface WorkOptions {
  /** Little of everything: to see that it runs, not how fast. */
  readonly quick: boolean
  /** How many sessions there are, where the work is about many. */
  readonly sessions?: number
}

/** How many sessions a work is done with. */
export function sessionsOf({ quick, sessions }: WorkOptions, usual = 1_000_000): number {
  return sessions ?? (quick ? 10_000 : usual)
}

/** A contender whose cost is known already, because it can be found only once. */
export function found(cost: number, who: Pick<Contender, 'name' | 'kind' | 'question'>): Contender {
  return { ...who, prove: async () => {}, measure: async () => cost }
}

/** What a file in works/ has. */
export interface Row {
  readonly variants: readonly string[]
  /** Those that a quick run does. Default: all. */
  readonly quickVariants?: readonly string[]
  /** Milliseconds for each contender in each round. Default: 100. */
  readonly span?: number
  /** How many rounds at most, where one takes long. */
  readonly rounds?: number
  /** Milliseconds before the first round. Default: 500. */
  readonly warmUp?: number
  /** MiB of heap that the process may have, where what V8 gives it would not do. */
  readonly heap?: number
  work(variant: string, options: WorkOptions): Promise<Work>
}
