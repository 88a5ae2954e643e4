// Signing in, and what there is to know of the session one has.

import { addPhone, endDevice, signIn, signOut } from './actions.mjs'
import { at, button, h, put } from './dom.mjs'
import { span, timeOfDay } from './format.mjs'
import { draw, model, now, shownSession } from './model.mjs'
import { endWords } from './words.mjs'

export function showSession() {
  draw(drawSections)
  draw(drawCaller)
  draw(drawSignIn)
  draw(drawFacts)
  draw(drawDevices)
  draw(drawTrouble)
  draw(drawMeters)
  setInterval(drawMeters, 250)
}

function drawSections() {
  const { session } = model
  at('sign-in').hidden = session !== null
  at('session').hidden = !shownSession()
  for (const id of ['clocks', 'try', 'rights', 'devices']) at(id).hidden = !session
  at('theft').hidden = !session && !model.thief
  document.body.dataset['caller'] = shownSession() ? 'known' : 'visitor'
}

function drawCaller() {
  const { session } = model
  const element = at('caller')
  if (!session) return put(element)
  const { name, role } = session.claims
  put(element, avatar(name), h('span', {}, h('strong', {}, name), ' ', h('span', { class: 'role' }, role)))
}

function avatar(name) {
  return h('span', { class: 'avatar', 'aria-hidden': 'true' }, name.slice(0, 1))
}

let shownPeople
function drawSignIn() {
  const { ended, people, former } = model
  put(
    at('why'),
    ended &&
      h(
        'div',
        { class: `why why-${ended.reason}` },
        h('strong', {}, 'You are signed out. '),
        endWords(ended.reason),
      ),
  )
  if (people === shownPeople || people.length === 0) return
  shownPeople = people
  at('people').replaceChildren(
    ...people.map(({ subject, name, role }) =>
      h(
        'li',
        {},
        button(personWords(name, role), () => signInAs(subject), { kind: 'person' }),
      ),
    ),
  )
  if (former) at('sign-in-title').focus({ preventScroll: true })
}

function personWords(name, role) {
  const words = h('span', { class: 'sr' }, 'Sign in as ')
  return [avatar(name), h('span', {}, words, h('strong', {}, name), h('span', { class: 'role' }, role))]
}

export async function signInAs(subject) {
  await signIn(subject)
  if (model.session) at('session-title').focus({ preventScroll: true })
}

function drawFacts() {
  const session = shownSession()
  if (!session) return
  const isOver = !model.session
  at('session-title').textContent = isOver ? 'Your session has ended' : 'Your session'
  put(
    at('session-facts'),
    h('span', {}, 'id ', h('code', { title: session.id }, `${session.id.slice(0, 8)}…`)),
    h('span', {}, 'token ', h('code', {}, `#${session.digest}`)),
    h('span', {}, `since ${timeOfDay(new Date(session.createdAt))}`),
    h('span', {}, `overlap ${span(model.policy.overlap)}`),
  )
}

function meters({ access, idleExpiresAt, expiresAt }, policy) {
  return [
    {
      name: 'Access token',
      until: access.expiresAt,
      whole: policy.access,
      text: 'is checked on every request without asking the store',
      spent: 'spent: the next request brings a new one',
    },
    {
      name: 'Idle time',
      until: Date.parse(idleExpiresAt),
      whole: policy.idle,
      text: 'ends the session if you are not seen for that long',
      spent: 'over',
    },
    {
      name: 'Whole life',
      until: Date.parse(expiresAt),
      whole: policy.absolute,
      text: 'ends the session whatever you do',
      spent: 'over',
    },
  ]
}

const rows = []
function drawMeters() {
  const { session, policy } = model
  if (!session) return
  for (const [index, { name, until, whole, text, spent }] of meters(session, policy).entries()) {
    rows[index] ??= makeMeter(name, text)
    const { time, bar } = rows[index]
    const left = until - now()
    const words = left > 0 ? span(left) : spent
    if (time.textContent !== words) time.textContent = words
    bar.style.setProperty('--part', String(Math.min(1, Math.max(0, left / whole))))
  }
}

function makeMeter(name, text) {
  const time = h('span', { class: 'time' })
  const bar = h('span', { class: 'bar', 'aria-hidden': 'true' })
  at('meters').append(
    h(
      'div',
      { class: 'meter' },
      h('dt', {}, name),
      h('dd', {}, time, bar, h('span', { class: 'quiet' }, text)),
    ),
  )
  return { time, bar }
}

function drawDevices() {
  const { devices, session } = model
  if (!session) return
  put(at('device-list'), ...devices.map(({ id }) => h('li', { 'data-id': id })))
  for (const element of at('device-list').children) {
    const device = devices.find(({ id }) => id === element.dataset['id'])
    if (element.dataset['drawn'] !== device.lastSeenAt) element.replaceChildren(...deviceRow(device))
    element.dataset['drawn'] = device.lastSeenAt
  }
  if (at('device-controls').childElementCount > 0) return
  at('device-controls').append(
    button('Add a phone', addPhone),
    h('span', { class: 'gap' }),
    button('Sign out here', () => signOut('this'), { kind: 'plain' }),
    button('Sign out elsewhere', () => signOut('others'), { kind: 'plain' }),
    button('Sign out everywhere', () => signOut('all'), { kind: 'plain' }),
  )
}

function deviceRow({ id, device, current, createdAt, lastSeenAt }) {
  const label = device.label ?? device.userAgent ?? 'A device'
  return [
    h(
      'span',
      { class: 'device' },
      h('strong', {}, label),
      current && h('span', { class: 'tag' }, 'this one'),
      h(
        'span',
        { class: 'quiet' },
        `signed in ${timeOfDay(new Date(createdAt))}, seen ${timeOfDay(new Date(lastSeenAt))}`,
      ),
    ),
    !current &&
      button('End', () => endDevice(id), { kind: 'plain', 'aria-label': `End the session on ${label}` }),
  ].filter(Boolean)
}

function drawTrouble() {
  const { trouble } = model
  put(at('trouble'), trouble && h('p', { class: 'notice' }, trouble))
}
