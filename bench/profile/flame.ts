// A profile of the CPU, as V8 writes it, made readable: the busiest functions, and a flame graph.

/** As much of the format as is used (Chrome DevTools Protocol, Profiler.Profile). */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  readonly children?: readonly number[]
}

interface Flame {
  readonly name: string
  readonly children: Map<string, Flame>
  self: number
  total: number
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const file = url.split('/').slice(-2).join('/')
  return `${functionName === '' ? '(anonymous)' : functionName}${file === '' ? '' : ` ${file}:${lineNumber + 1}`}`
}

/** What each sample adds to its node, in microseconds. */
function selfTimes({ samples, timeDeltas }: CpuProfile): ReadonlyMap<number, number> {
  const times = new Map<number, number>()
  samples.forEach((id, at) => times.set(id, (times.get(id) ?? 0) + (timeDeltas[at] ?? 0)))
  return times
}

/** The functions in which most of the time went by, without those that they called. */
export function busiest(profile: CpuProfile, count: number): Record<string, string>[] {
  const times = selfTimes(profile)
  const byName = new Map<string, number>()
  for (const node of profile.nodes) {
    const name = nameOf(node)
    if (name !== '(idle)') byName.set(name, (byName.get(name) ?? 0) + (times.get(node.id) ?? 0))
  }
  const all = [...byName.values()].reduce((sum, time) => sum + time, 0)
  return [...byName]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, time]) => ({ 'self %': ((time / all) * 100).toFixed(1), function: name }))
}

/** All calls of one name below the same callers are one box. */
function flames(profile: CpuProfile): Flame {
  const times = selfTimes(profile)
  const byId = new Map(profile.nodes.map((node) => [node.id, node]))
  const root: Flame = { name: '(all)', children: new Map(), self: 0, total: 0 }
  const add = (node: ProfileNode, into: Flame): number => {
    const name = nameOf(node)
    if (name === '(idle)') return 0
    const flame = into.children.get(name) ?? { name, children: new Map<string, Flame>(), self: 0, total: 0 }
    into.children.set(name, flame)
    const self = times.get(node.id) ?? 0
    const total = (node.children ?? []).reduce((sum, id) => sum + add(byId.get(id)!, flame), self)
    flame.self += self
    flame.total += total
    return total
  }
  root.total = (profile.nodes[0]?.children ?? []).reduce((sum, id) => sum + add(byId.get(id)!, root), 0)
  return root
}

const width = 1400
const line = 17
// What would be narrower says nothing.
const narrowest = 0.7

/** An SVG in which each function lies above those that it calls, as wide as it took long. */
export function flameGraph(profile: CpuProfile): string {
  const root = flames(profile)
  const boxes: string[] = []
  let depths = 0
  const draw = (flame: Flame, x: number, depth: number): void => {
    const w = (flame.total / root.total) * width
    if (w < narrowest) return
    depths = Math.max(depths, depth + 1)
    boxes.push(box(flame, x, depth, w, (flame.total / root.total) * 100))
    let at = x
    for (const child of [...flame.children.values()].toSorted((a, b) => b.total - a.total)) {
      draw(child, at, depth + 1)
      at += (child.total / root.total) * width
    }
  }
  draw(root, 0, 0)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${depths * line}" font-family="monospace" font-size="11">`,
    ...boxes,
    '</svg>',
    '',
  ].join('\n')
}

function box({ name }: Flame, x: number, depth: number, w: number, percent: number): string {
  const shown = w > 30 ? name.slice(0, Math.floor(w / 6.7)) : ''
  const colour = /packages\/sojourn|core\/|http\/|adapter\/|store\//.test(name) ? '#8ec5ff' : '#ffd28e'
  const y = depth * line
  return (
    `<g><title>${escaped(name)}: ${percent.toFixed(1)} %</title>` +
    `<rect x="${x.toFixed(1)}" y="${y}" width="${w.toFixed(1)}" height="${line - 1}" fill="${colour}"/>` +
    `<text x="${(x + 2).toFixed(1)}" y="${y + 12}">${escaped(shown)}</text></g>`
  )
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
