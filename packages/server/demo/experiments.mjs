// What goes wrong in every network and must sign nobody out, done for real: two refreshes at once, an answer that is
// lost; and a change of role that is in force with the next request.

import { doing, refreshState } from './actions.mjs'
import { change as send, csrf, get, Unanswered } from './api.mjs'
import { at, button, h, put } from './dom.mjs'
import { change, draw, model } from './model.mjs'

export function showExperiments() {
  at('tabs-control').append(button('Refresh twice at once', twoTabs))
  at('lost-control').append(button('Lose an answer', loseAnswer))
  let shown
  draw(() => {
    const { session } = model
    if (session && session.id !== shown) {
      shown = session.id
      for (const id of ['tabs-result', 'lost-result', 'rights-result']) at(id).replaceChildren()
    }
    if (session) drawRoles(session)
    for (const control of document.querySelectorAll('#try button, #rights button, #devices button'))
      control.setAttribute('aria-disabled', String(model.isQuiet))
  })
}

/** Does something while the page sends nothing by itself. */
export async function quietly(work, { isGuided = false } = {}) {
  change({ isQuiet: true, isGuided })
  try {
    return await doing(work)
  } finally {
    change({ isQuiet: false, isGuided: false })
  }
}

export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

async function twoTabs() {
  await quietly(async () => {
    await csrf()
    // The server waits with its answers until both are there, however far apart the browser sends them.
    const together = { 'X-Demo-Meet': crypto.randomUUID() }
    const refresh = () => send('POST', '/session/refresh', undefined, together)
    const tabs = await Promise.all([refresh(), refresh()])
    await refreshState()
    const { generation } = model.session ?? {}
    const isSame = tabs[0].digest === tabs[1].digest
    put(
      at('tabs-result'),
      h(
        'ul',
        { class: 'lines' },
        ...tabs.map(({ told, digest }, index) =>
          line(
            `Tab ${index + 1}`,
            told.includes('session.replayed')
              ? `was handed the same generation ${generation}`
              : `was given generation ${generation}`,
            digest,
          ),
        ),
      ),
      verdict(
        isSame
          ? 'One rotated, the other got the very same token. Nobody was signed out.'
          : 'The second one came too late to be simultaneous: each rotated in turn. Nobody was signed out.',
      ),
    )
  })
}

function line(who, what, digest) {
  return h('li', {}, h('strong', {}, who), ` ${what} `, digest && h('code', {}, `#${digest}`))
}

function verdict(text) {
  return h('p', { class: 'verdict' }, text)
}

async function loseAnswer() {
  const result = at('lost-result')
  await quietly(async () => {
    await csrf()
    const before = model.session
    try {
      await send('POST', '/session/refresh', undefined, { 'X-Demo-Lose-Answer': '1' })
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error
    }
    const first = line('Lost', `you still hold generation ${before.generation}`, before.digest)
    put(result, h('ul', { class: 'lines' }, first))
    // Long enough to see the pending generation on the strand.
    await pause(1200)
    const again = await send('POST', '/session/refresh')
    await refreshState()
    const { generation } = model.session ?? {}
    put(
      result,
      h(
        'ul',
        { class: 'lines' },
        first,
        line('Next', `you are handed generation ${generation} again`, again.digest),
      ),
      verdict('The server had kept the old one good, because it had never seen the new one in use.'),
    )
  })
}

function drawRoles({ claims, access }) {
  const control = at('rights-control')
  if (control.childElementCount === 0) {
    const roles = [...new Set(model.people.map(({ role }) => role))]
    control.append(
      h(
        'div',
        { class: 'segments', role: 'group', 'aria-label': 'Role' },
        ...roles.map((role) => button(role, () => changeRole(role), { 'data-role': role })),
      ),
      h('p', { class: 'door', id: 'door' }),
    )
  }
  for (const segment of control.querySelectorAll('[data-role]'))
    segment.setAttribute('aria-pressed', String(segment.dataset['role'] === claims.role))
  const isOpen = claims.role === 'admin'
  at('door').dataset['open'] = String(isOpen)
  put(
    at('door'),
    h('strong', {}, isOpen ? 'open' : 'closed'),
    h('span', {}, 'the page for administrators'),
    h('span', { class: 'quiet' }, `claims version ${access.claimsVersion}`),
  )
}

async function changeRole(role) {
  if (model.session.claims.role === role) return
  await quietly(async () => {
    const { access } = model.session
    await send('POST', '/demo/role', { role })
    const { body } = await get('/demo/door')
    await refreshState()
    put(
      at('rights-result'),
      verdict(
        `Access tokens with version ${access.claimsVersion} of your claims are refused from now on. The very next request carried version ${body.claimsVersion}, and the door was ${body.open ? 'open' : 'closed'}.`,
      ),
    )
  })
}
