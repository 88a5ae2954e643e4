// The audit events, newest first. Each level has a word and a shape of its own, so that no colour is needed to tell them.

import { at, h, put, svg } from './dom.mjs'
import { timeOfDay } from './format.mjs'
import { draw, model } from './model.mjs'
import { eventWords, isByThief, levels } from './words.mjs'

const streams = {
  opening: 'connecting',
  live: 'live',
  lost: 'connection lost, trying again',
  closed: 'not listening',
}
const shapes = {
  info: { tag: 'circle', cx: 8, cy: 8, r: 4.5 },
  warning: { tag: 'path', d: 'M8 2 14.500 13.500H1.500Z' },
  critical: { tag: 'path', d: 'M5 1.500h6L14.500 5v6L11 14.500H5L1.500 11V5Z' },
}

const drawn = new Map()

export function showEvents() {
  draw(() => {
    at('stream').dataset['stream'] = model.stream
    put(at('stream'), model.former && !model.session ? 'ended with the session' : streams[model.stream])
    const list = at('event-list')
    const ids = new Set(model.events.map(({ id }) => id))
    for (const [id, element] of drawn) {
      if (ids.has(id)) continue
      element.remove()
      drawn.delete(id)
    }
    for (const event of model.events) {
      if (drawn.has(event.id)) continue
      const element = row(event)
      drawn.set(event.id, element)
      list.prepend(element)
    }
    at('events').dataset['empty'] = String(model.events.length === 0)
  })
}

function row(event) {
  const { level, type, at: instant } = event
  const { title, text } = eventWords(event)
  const { tag, ...shape } = shapes[level]
  return h(
    'li',
    { class: `event event-${level}`, 'data-type': type },
    svg('svg', { viewBox: '0 0 16 16', class: 'level', 'aria-hidden': 'true' }, svg(tag, shape)),
    h(
      'div',
      {},
      h(
        'p',
        { class: 'event-title' },
        level === 'info'
          ? h('span', { class: 'sr' }, `${levels[level]}: `)
          : h('span', { class: 'word' }, levels[level]),
        title,
      ),
      text !== '' && h('p', { class: 'event-text' }, text),
      h(
        'p',
        { class: 'event-fine' },
        h('time', { datetime: new Date(instant).toISOString() }, timeOfDay(instant)),
        h('code', {}, type),
        isByThief(event) && h('span', { class: 'holder holder-thief' }, 'thief'),
      ),
    ),
  )
}
