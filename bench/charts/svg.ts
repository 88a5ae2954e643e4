// Bars as SVG, drawn by hand: a bar for each contender, from zero, with the quartiles of the rounds as a whisker. On a
// light and on a dark page alike.

export interface Bar {
  readonly label: string
  readonly kind: 'ours' | 'peer' | 'raw' | 'bare'
  readonly value: number
  readonly lower: number
  readonly upper: number
}

export interface BarGroup {
  readonly title: string
  readonly bars: readonly Bar[]
}

export interface Chart {
  readonly title: string
  readonly unit: string
  readonly groups: readonly BarGroup[]
}

const width = 860
const labelWidth = 260
const valueWidth = 110
const barHeight = 18
const gap = 6
const groupGap = 30
const head = 48

/** The chart as a text that a browser, and GitHub, shows. */
export function drawn({ title, unit, groups }: Chart): string {
  let y = head
  const parts: string[] = []
  for (const group of groups) {
    parts.push(text(12, y + 13, group.title, 'group'))
    y += barHeight + gap
    const most = Math.max(...group.bars.map(({ value }) => value), Number.MIN_VALUE)
    for (const bar of group.bars) {
      parts.push(barAt(y, bar, most))
      y += barHeight + gap
    }
    y += groupGap - gap
  }
  const height = y - groupGap + 24
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    style,
    text(12, 26, title, 'title'),
    `<text x="${width - 12}" y="26" text-anchor="end" class="unit">${escaped(unit)}, less is better${groups.some(isSpread) ? '; whiskers: quartiles' : ''}</text>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}

/** Whether it was measured more than once. */
function isSpread({ bars }: BarGroup): boolean {
  return bars.some(({ lower, upper }) => lower < upper)
}

function barAt(y: number, { label, kind, value, lower, upper }: Bar, most: number): string {
  const space = width - labelWidth - valueWidth
  const at = (cost: number): number => Math.max(0, Math.min(space, (cost / most) * space))
  const length = Math.max(1, at(value))
  const middle = y + barHeight / 2
  const [from, to] = [labelWidth + at(lower), labelWidth + at(upper)]
  return [
    `<text x="${labelWidth - 10}" y="${y + 13}" text-anchor="end" class="label ${kind}">${escaped(label)}</text>`,
    `<rect x="${labelWidth}" y="${y}" width="${rounded(length)}" height="${barHeight}" rx="3" class="${kind}"/>`,
    `<path d="M${rounded(from)} ${middle}H${rounded(to)}M${rounded(from)} ${middle - 4}v8M${rounded(to)} ${middle - 4}v8" class="whisker"/>`,
    text(labelWidth + Math.max(length, to - labelWidth) + 8, y + 13, shown(value), 'value'),
  ].join('\n')
}

function shown(value: number): string {
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString('en')
    : Number(value.toPrecision(2)).toString()
}

function rounded(value: number): string {
  return value.toFixed(1)
}

function text(x: number, y: number, content: string, name: string): string {
  return `<text x="${rounded(x)}" y="${y}" class="${name}">${escaped(content)}</text>`
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-size: 16px; font-weight: 600; }
.group { font-weight: 600; }
.unit { font-size: 12px; fill: #59636e; }
.value { fill: #59636e; }
text.ours { font-weight: 600; }
rect.ours { fill: #0969da; }
rect.peer { fill: #afb8c1; }
rect.raw { fill: #1a7f37; }
.whisker { stroke: #1f2328; stroke-width: 1; fill: none; opacity: 0.55; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .unit, .value { fill: #9198a1; }
  rect.ours { fill: #4493f8; }
  rect.peer { fill: #656c76; }
  rect.raw { fill: #3fb950; }
  .whisker { stroke: #e6edf3; }
}
</style>`
