// The steps of a story, as a list that grows: who, what, and which requests were answered how.

import { at, h } from './dom.mjs'
import { span } from './format.mjs'
import { now } from './model.mjs'

const names = { you: 'You', thief: 'Thief', server: 'Server' }

export function beginStory() {
  at('story').replaceChildren()
}

/** Adds a step. `requests` are shown with their answers. */
export function step({ who, text, requests = [], tone }) {
  const element = h(
    'li',
    { class: `step step-${who}${tone ? ` step-${tone}` : ''}` },
    h('span', { class: 'actor' }, names[who]),
    h('div', {}, h('p', {}, text), requests.length > 0 && h('ul', { class: 'wires' }, ...requests.map(wire))),
  )
  at('story').append(element)
  follow(element)
  return element
}

/** Keeps what has just happened in sight. */
export function follow(element) {
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches
  element.scrollIntoView({ block: 'nearest', behavior: isCalm ? 'auto' : 'smooth' })
}

function wire({ method, path, status, code }) {
  return h(
    'li',
    { 'data-ok': String(status < 400) },
    h('code', {}, `${method} ${path}`),
    h('span', { class: 'arrow', 'aria-label': 'was answered' }, '→'),
    h('code', { class: 'status' }, code ? `${status} ${code}` : String(status)),
  )
}

/** A step that takes its time, with a bar that fills up. */
export async function wait({ text, until, whole }) {
  const time = h('span', { class: 'time' })
  const bar = h('span', { class: 'bar', 'aria-hidden': 'true' })
  const element = step({ who: 'server', text })
  element.lastChild.append(h('p', { class: 'waiting', 'aria-live': 'off' }, bar, time))
  follow(element)
  const tick = () => {
    const left = until - now()
    time.textContent = left > 0 ? span(left) : 'over'
    bar.style.setProperty('--part', String(Math.min(1, Math.max(0, 1 - left / whole))))
    return left
  }
  while (tick() > 0) await new Promise((resolve) => setTimeout(resolve, 100))
}
