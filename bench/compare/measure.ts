// Measuring one work. Every round asks each contender once, in another order each time, so whatever the machine does
// meanwhile it does to all of them. What counts is the ratio within a round, and of the rounds the median.

import { spreadOf, type Spread } from './statistics.ts'
import { bestPeer, type Contender, type Goal, type Kind, type Virtue, type Work } from './work.ts'

export interface Rounds {
  readonly rounds: number
  /** Milliseconds that each contender gets in each round. */
  readonly span: number
  /** Milliseconds before the first round, until everything is compiled. */
  readonly warmUp: number
}

export interface ContenderFigure {
  readonly name: string
  readonly kind: Kind
  readonly question?: string
  /** The cost of one, in the unit of the work; above the bare one where there is one. */
  readonly cost: Spread
  /** How many times as fast, or as small, as this one ours is. */
  readonly ratio?: Spread
}

export interface GoalFigure {
  readonly goal: Goal
  /** What `than` stood for. */
  readonly than?: string
  readonly reached: Spread
  readonly isReached: boolean
}

export interface Figure {
  readonly row: string
  readonly variant: string
  readonly title: string
  readonly unit: string
  readonly virtue?: Virtue
  readonly rounds: number
  readonly note?: string
  readonly contenders: readonly ContenderFigure[]
  readonly goals: readonly GoalFigure[]
  readonly guard: readonly GoalFigure[]
}

type Costs = ReadonlyMap<string, readonly number[]>

export async function measure(work: Work, { rounds, span, warmUp }: Rounds): Promise<Figure> {
  for (const contender of work.contenders) {
    await contender.prove()
    await contender.measure(warmUp)
  }
  const costs = new Map<string, number[]>(work.contenders.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const contender of shuffled(work.contenders)) {
      globalThis.gc?.()
      costs.get(contender.name)!.push(await contender.measure(span))
    }
  }
  return figureOf(work, aboveBare(work, costs), rounds)
}

// What the framework itself costs is taken off, round by round.
function aboveBare({ contenders }: Work, costs: Costs): Costs {
  const bare = contenders.find(({ kind }) => kind === 'bare')
  if (!bare) return costs
  const nothing = costs.get(bare.name)!
  return new Map(
    [...costs].map(([name, all]) => [
      name,
      name === bare.name ? all : all.map((cost, round) => cost - nothing[round]!),
    ]),
  )
}

function figureOf(work: Work, costs: Costs, rounds: number): Figure {
  const { row, variant, title, unit, virtue, note, contenders } = work
  return {
    row,
    variant,
    title,
    unit,
    ...(virtue === undefined ? {} : { virtue }),
    rounds,
    ...(note === undefined ? {} : { note }),
    contenders: contenders.map(({ name, kind, question }) => ({
      name,
      kind,
      ...(question === undefined ? {} : { question }),
      cost: spreadOf(costs.get(name)!),
      ...(kind === 'ours' || kind === 'bare'
        ? {}
        : { ratio: spreadOf(ratios(costs, oursOf(work, question), name)) }),
    })),
    goals: work.goals.map((goal) => judged(work, goal, costs)),
    guard: (work.guard ?? []).map((goal) => judged(work, goal, costs)),
  }
}

function oursOf({ contenders }: Work, question: Contender['question']): string {
  return contenders.find((each) => each.kind === 'ours' && each.question === question)!.name
}

function judged(work: Work, goal: Goal, costs: Costs): GoalFigure {
  const who = goal.who ?? oursOf(work, work.contenders[0]!.question)
  if ('atMost' in goal) {
    const reached = spreadOf(costs.get(who)!)
    return { goal, reached, isReached: reached.median <= goal.atMost }
  }
  const { question } = work.contenders.find(({ name }) => name === who)!
  const peers = work.contenders
    .filter((each) => each.kind === 'peer' && each.question === question)
    .map(({ name }) => name)
  const median = (name: string): number => spreadOf(costs.get(name)!).median
  const than = goal.than === bestPeer ? peers.toSorted((a, b) => median(a) - median(b))[0]! : goal.than
  const reached = spreadOf(ratios(costs, who, than))
  return { goal, than, reached, isReached: reached.median >= goal.times }
}

/** How many times as fast `who` was as `than`, in each round. */
function ratios(costs: Costs, who: string, than: string): number[] {
  const own = costs.get(who)!
  return costs.get(than)!.map((cost, round) => cost / own[round]!)
}

function shuffled<T>(items: readonly T[]): T[] {
  const left = [...items]
  const order: T[] = []
  while (left.length > 0) order.push(...left.splice(Math.floor(Math.random() * left.length), 1))
  return order
}
