// Making elements out of data. Text is always text: nothing on this page is parsed as markup.

/** An element with properties, and children that are elements or text; `undefined` and `false` are left out. */
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children)
}

export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), properties, children)
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== false))
  return element
}

export function at(id) {
  return document.getElementById(id)
}

/** Puts children in the place of those that were there, unless they say the same: focus and animations survive. */
export function put(element, ...children) {
  const next = h('div', {}, ...children)
  const isSame =
    element.childNodes.length === next.childNodes.length &&
    [...element.childNodes].every((child, index) => child.isEqualNode(next.childNodes[index]))
  if (!isSame) element.replaceChildren(...next.childNodes)
}

/** A button that cannot be pressed twice while its work is under way. */
export function button(label, onPress, { kind = '', ...rest } = {}) {
  const element = h('button', { type: 'button', class: kind, ...rest }, ...[label].flat())
  element.addEventListener('click', () => {
    if (element.getAttribute('aria-disabled') !== 'true') void onPress(element)
  })
  return element
}

/** The thief's mask. */
export function mask() {
  return svg(
    'svg',
    { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' },
    svg('path', {
      'fill-rule': 'evenodd',
      d: 'M2 7.5C5.5 6 9 6.2 12 7.8 15 6.2 18.5 6 22 7.5c.4 5.6-2 9.3-5.6 9.3-2 0-3.2-1.8-4.4-1.8s-2.4 1.8-4.4 1.8C4 16.8 1.600 13.100 2 7.500ZM5.400 11.300c1.300 1.500 3 1.600 4.300.4-1-1.500-3-1.700-4.300-.4Zm8.900.4c1.300 1.200 3 1.100 4.300-.4-1.300-1.300-3.300-1.100-4.300.4Z',
    }),
  )
}
