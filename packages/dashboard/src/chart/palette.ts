// The colours of the page, for a canvas, which knows no custom properties.

const names = ['accent', 'soft', 'line', 'alarm', 'warn', 'ink', 'second'] as const

export type Ink = (typeof names)[number]

/** The colours as they are now, and the font. */
export function palette(element: Element): Readonly<Record<Ink | 'font', string>> {
  const style = getComputedStyle(element)
  const inks = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]))
  return { ...(inks as Record<Ink, string>), font: style.fontFamily }
}
