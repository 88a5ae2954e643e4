// The strand: the generations of the session token as beads. The ring around the newest drains with the access token,
// the ring around the one before with the overlap; below them stands who holds which.

import { at, h, mask, put, svg } from './dom.mjs'
import { span } from './format.mjs'
import { acceptedUntil, generationsOf } from './generations.mjs'
import { draw, model, now, shownSession } from './model.mjs'

const beadWidth = 82
const beads = new Map()
let room = 8

export function showStrand() {
  const strand = at('strand')
  new ResizeObserver(([{ contentRect }]) => {
    room = Math.max(3, Math.floor(contentRect.width / beadWidth))
    update()
  }).observe(strand)
  draw(update)
  setInterval(update, 250)
}

function update() {
  const session = shownSession()
  const strand = at('strand')
  if (!session || !model.policy) return
  const all = generationsOf(model.events, session)
  const shown = all.slice(-(room - 1))
  const isOver = model.session === null
  const states = shown.map((one) => stateOf(one, all.at(-1), all, isOver))
  for (const key of beads.keys())
    if (!states.some((state) => keyOf(session, state) === key)) beads.delete(key)
  const elements = states.map((state) => beadFor(session, state))
  elements.push(isOver ? endBead() : nextBead(all.at(-1)?.generation))
  if (
    elements.length !== strand.children.length ||
    elements.some((element, i) => strand.children[i] !== element)
  )
    strand.replaceChildren(...elements)
  at('caption').textContent = caption(states, isOver)
}

function keyOf({ id }, { generation }) {
  return `${id} ${generation}`
}

// What there is to say of one generation at this moment.
function stateOf(one, newest, all, isOver) {
  const { generation, copyAt, confirmedAt, replays } = one
  const { session, policy } = model
  const holders = isOver
    ? []
    : [
        ...(session.access.generation === generation ? ['you'] : []),
        ...(model.thief?.jar.generation === generation ? ['thief'] : []),
      ]
  const base = { generation, holders, replays, part: 0 }
  if (copyAt !== undefined) return { ...base, kind: 'copy', label: 'came back', holders: [one.copyBy] }
  if (isOver)
    return { ...base, kind: 'past', label: generation === newest.generation ? 'the last' : 'replaced' }
  if (one === newest) {
    const left = session.access.expiresAt - now()
    const part = session.access.generation === generation ? left / policy.access : 1
    return confirmedAt === undefined
      ? { ...base, kind: 'pending', label: 'pending', part: 0 }
      : { ...base, kind: 'current', label: 'in use', part, left }
  }
  const successor = all.find((other) => other.generation === generation + 1)
  if (successor === newest) {
    const until = acceptedUntil(successor, policy.overlap)
    if (until === undefined) return { ...base, kind: 'patient', label: 'still good', part: 1 }
    if (until > now())
      return {
        ...base,
        kind: 'patient',
        label: `good ${span(until - now())}`,
        part: (until - now()) / policy.overlap,
        left: until - now(),
      }
  }
  return { ...base, kind: 'past', label: 'replaced' }
}

function beadFor(session, state) {
  const key = keyOf(session, state)
  const known = beads.get(key) ?? makeBead(state)
  beads.set(key, known)
  const { element, ring, label, holders } = known
  element.dataset['kind'] = state.kind
  ring.setAttribute('stroke-dashoffset', String(100 - 100 * Math.min(1, Math.max(0, state.part))))
  if (label.textContent !== state.label) label.textContent = state.label
  put(holders, ...state.holders.map(holderChip), state.replays > 0 && again(state.replays))
  return element
}

function again(replays) {
  const words = `handed out ${replays + 1} times`
  return h(
    'span',
    { class: 'again', title: words },
    h('span', { 'aria-hidden': 'true' }, `×${replays + 1}`),
    h('span', { class: 'sr' }, words),
  )
}

function holderChip(holder) {
  return holder === 'you'
    ? h('span', { class: 'holder' }, 'you')
    : h('span', { class: 'holder holder-thief' }, mask(), 'thief')
}

function makeBead({ generation }) {
  const ring = svg('circle', {
    class: 'ring',
    cx: 32,
    cy: 32,
    r: 29,
    pathLength: 100,
    'stroke-dasharray': 100,
  })
  const label = h('span', { class: 'bead-label' })
  const holders = h('span', { class: 'holders' })
  const element = h(
    'li',
    { class: 'bead' },
    svg(
      'svg',
      { viewBox: '0 0 64 64', 'aria-hidden': 'true' },
      svg('circle', { class: 'track', cx: 32, cy: 32, r: 29 }),
      ring,
      svg('circle', { class: 'core', cx: 32, cy: 32, r: 22 }),
      svg(
        'text',
        { x: 32, y: 32, 'text-anchor': 'middle', 'dominant-baseline': 'central' },
        String(generation),
      ),
    ),
    h('span', { class: 'sr' }, `Generation ${generation}: `),
    label,
    holders,
  )
  return { element, ring, label, holders }
}

const next = makeBead({ generation: '' })
next.element.dataset['kind'] = 'next'
const over = makeBead({ generation: '' })
over.element.dataset['kind'] = 'over'

function nextBead(generation) {
  next.element.querySelector('text').textContent = generation === undefined ? '' : String(generation + 1)
  next.element.querySelector('.sr').textContent = 'Next: '
  next.label.textContent = 'comes next'
  return next.element
}

function endBead() {
  over.element.querySelector('text').textContent = '×'
  over.element.querySelector('.sr').textContent = ''
  over.label.textContent = 'ended'
  return over.element
}

// The moment in one sentence.
function caption(states, isOver) {
  const newest = states.at(-1)
  if (!newest) return ''
  if (isOver) {
    const copy = states.find(({ kind }) => kind === 'copy')
    return copy
      ? `Generation ${copy.generation} came back although a newer one had been in use for longer than the overlap. That ended the session.`
      : 'No generation of this session is accepted any more.'
  }
  const { generation, kind, left } = newest
  const before = states.at(-2)
  if (kind === 'pending')
    return `Generation ${generation} is on its way to you. Until it has been seen in use, the one before stays good: an answer can get lost.`
  const access =
    left > 0
      ? `Its access token is good for ${span(left)}; the first request after that brings generation ${generation + 1}.`
      : `Its access token is spent: the next request brings generation ${generation + 1}.`
  if (before?.kind === 'patient')
    return `Generation ${generation} is in use. Generation ${before.generation} is accepted for ${span(before.left ?? 0)} more, for requests that were under way.`
  return `Generation ${generation} is in use. ${access}`
}
