// Visits every world that can be reached, nearest first, so that the first broken promise is also the shortest story.

import { canonical, encode } from './canonical.ts'
import type { Promised } from './server.ts'
import { passing, stepsFrom, type Step } from './steps.ts'
import { firstWorld, type Configuration, type World } from './world.ts'

export interface Exploration {
  readonly states: number
  readonly transitions: number
  readonly seconds: number
  /** The first promise that is broken, and how it comes to that; absent if none is in any reachable world. */
  readonly broken?: { readonly promise: Promised; readonly story: readonly string[] }
}

interface Visit {
  readonly world: World
  readonly index: number
}

/** Explores until a promise of `about` is broken, or to the end. */
export function explore(configuration: Configuration, about?: Promised): Exploration {
  const began = performance.now()
  const root = canonical(firstWorld(configuration), configuration)
  const known = new Map<string, number>([[encode(root), 0]])
  const parents = [-1]
  let transitions = 0
  const result = (broken?: Exploration['broken']): Exploration => ({
    states: known.size,
    transitions,
    seconds: (performance.now() - began) / 1000,
    ...(broken ? { broken } : {}),
  })
  for (let frontier: Visit[] = [{ world: root, index: 0 }]; frontier.length > 0;) {
    const next: Visit[] = []
    for (const { world, index } of frontier) {
      for (const step of stepsFrom(world, configuration)) {
        transitions++
        if (step.broken) {
          if (about !== undefined && step.broken.promise !== about) continue
          const path = pathTo(index, parents)
          return result({ promise: step.broken.promise, story: storyOf(path, step, known, configuration) })
        }
        const found = canonical(step.world, configuration)
        const key = encode(found)
        if (known.has(key)) continue
        next.push({ world: found, index: known.size })
        known.set(key, known.size)
        parents.push(index)
      }
    }
    frontier = next
  }
  return result()
}

function pathTo(index: number, parents: readonly number[]): number[] {
  const path: number[] = []
  for (let at = index; at > 0; at = parents[at]!) path.unshift(at)
  return path
}

// Only the way back is kept, so the story is found by walking it once more.
function storyOf(
  path: readonly number[],
  last: Step,
  known: ReadonlyMap<string, number>,
  configuration: Configuration,
): string[] {
  const lines: string[] = []
  let world = canonical(firstWorld(configuration), configuration)
  let newest = 0
  let time = 0
  const say = (tale: string): void => {
    const counted = tale.replaceAll(/#(-?\d+)#/g, (_, relative: string) => `#${newest + Number(relative)}`)
    lines.push(`${String(time).padStart(3)}  ${counted}`)
  }
  for (const index of path) {
    const steps = stepsFrom(world, configuration).filter(({ broken }) => !broken)
    const step = steps.find(({ world }) => known.get(encode(canonical(world, configuration))) === index)!
    if (step.tale === passing) time++
    else say(step.tale)
    newest += step.world.session.generation
    world = canonical(step.world, configuration)
  }
  say(last.tale)
  lines.push(
    `     ${last.broken!.promise} is broken: ${last.broken!.because}`.replaceAll(
      /#(-?\d+)#/g,
      (_, relative: string) => `#${newest + Number(relative)}`,
    ),
  )
  return lines
}
