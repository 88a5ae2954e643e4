// Keeps Tab within an open dialog. The kit does that too, but a frame late: a key that is held down, or a slow machine, gets
// out between two frames and reaches what lies behind.

const OPEN: HTMLElement[] = []
const REACHED_BY_TAB =
  'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), [tabindex="0"]'

/** A `ref` for the popup of a modal dialog; of several, the one that opened last holds. */
export function holdFocus(popup: HTMLElement | null): (() => void) | undefined {
  if (popup === null) return undefined
  const hold = (event: KeyboardEvent): void => {
    if (event.key !== 'Tab' || OPEN.at(-1) !== popup) return
    const stops = [...popup.querySelectorAll<HTMLElement>(REACHED_BY_TAB)]
    const at = stops.findIndex((stop) => stop === document.activeElement)
    const isWithin = at === -1 ? false : event.shiftKey ? at > 0 : at < stops.length - 1
    if (isWithin) return
    event.preventDefault()
    stops.at(event.shiftKey ? -1 : 0)?.focus()
  }
  OPEN.push(popup)
  document.addEventListener('keydown', hold, { capture: true })
  return () => {
    OPEN.splice(OPEN.indexOf(popup), 1)
    document.removeEventListener('keydown', hold, { capture: true })
  }
}
