// What the page does: ask for the state, sign in and out, keep the session going like any application does.

import { Problem, Unanswered, change as send, forgetCsrfToken, get } from './api.mjs'
import { change, model, now } from './model.mjs'
import { openStream } from './stream.mjs'

// The person was here since the last refresh: only then does it count as being seen.
let isTouched = false
for (const name of ['pointerdown', 'keydown'])
  addEventListener(name, () => (isTouched = true), { capture: true })

let isAsking = false
let askAgainAt = 0

/** Asks who the caller is, and shows it. */
export async function refreshState({ background = false } = {}) {
  isAsking = true
  try {
    const { body } = await get('/demo/state', background ? { 'X-Background': '1' } : {})
    take(body)
  } catch (error) {
    askLater()
    complain(error)
  } finally {
    isAsking = false
  }
}

function take({ now: serverNow, policy, people, session, refusal }) {
  const before = model.session
  const isDeaf = model.stream === 'closed'
  const news = { offset: serverNow - Date.now(), policy, people, session, trouble: undefined, isDown: false }
  if (session && session.id !== before?.id) {
    forgetCsrfToken()
    const isSomebodyElse = model.former && model.former.subject !== session.subject
    change({
      ...news,
      former: undefined,
      ended: undefined,
      ...(isSomebodyElse ? { events: [], thief: undefined } : {}),
    })
    openStream()
    void listDevices()
    return
  }
  // What there was is shown once more, as the session that has ended.
  change({ ...news, session: session ?? before })
  if (!session) ended(model.ended?.reason ?? reasonOf(refusal))
  else if (isDeaf) openStream()
}

function reasonOf(refusal) {
  return { session_expired: 'expired', session_reused: 'reused', session_unknown: 'gone' }[refusal]
}

/** The session is over, for that reason; without one there was none. */
export function ended(reason) {
  forgetCsrfToken()
  const { session } = model
  const cause = reason === 'expired' && session ? expiryOf(session) : reason
  change({
    ...(model.session ? { former: model.session } : {}),
    session: null,
    devices: [],
    ended: cause === undefined ? undefined : { reason: cause },
    stream: 'closed',
  })
}

// A session that ran out by itself announces no reason; its last facts tell.
function expiryOf({ expiresAt }) {
  return now() >= Date.parse(expiresAt) ? 'absolute' : 'idle'
}

/** Called often: sends what an application would send when its access token is spent, or the server was away. */
export async function keepGoing() {
  const { session, stream, isQuiet, isDown } = model
  if (isQuiet || isAsking || document.hidden || now() < askAgainAt) return
  const isSpent = session && now() > session.access.expiresAt + 300
  const isDeaf = session && stream === 'closed'
  if (session !== undefined && !isSpent && !isDeaf && !isDown) return
  const background = !isTouched
  isTouched = false
  await refreshState({ background })
}

/** Gives the server a moment before it is asked again. */
export function askLater() {
  askAgainAt = now() + 2000
}

export async function listDevices() {
  if (!model.session) return
  try {
    const { body } = await get('/session/devices', { 'X-Background': '1' })
    // In an order that stays while they are used.
    const order = ({ current, createdAt }) => (current ? '' : createdAt)
    change({ devices: body.items.toSorted((a, b) => (order(a) < order(b) ? -1 : 1)) })
  } catch (error) {
    if (!(error instanceof Problem)) complain(error)
  }
}

export async function signIn(person) {
  await doing(async () => {
    await send('POST', '/demo/sign-in', { person })
    forgetCsrfToken()
    await refreshState()
  })
}

export async function signOut(scope) {
  await doing(async () => {
    await send('POST', '/session/logout', { scope })
    if (scope === 'others') await listDevices()
    else await refreshState()
  })
}

export async function endDevice(id) {
  await doing(async () => {
    await send('DELETE', `/session/devices/${id}`)
    await listDevices()
  })
}

export async function addPhone() {
  await doing(async () => {
    await send('POST', '/demo/phone')
    await listDevices()
  })
}

/** Does something, and says what went wrong, if anything did. */
export async function doing(work) {
  try {
    change({ trouble: undefined })
    return await work()
  } catch (error) {
    complain(error)
    return undefined
  }
}

function complain(error) {
  if (error instanceof Problem && error.status === 401) {
    if (model.session) ended(model.ended?.reason ?? reasonOf(error.code) ?? 'gone')
    return
  }
  if (error instanceof Unanswered)
    return change({ isDown: true, trouble: 'The server does not answer. Is it still running?' })
  if (error instanceof Problem) return change({ isDown: error.status >= 500, trouble: error.message })
  throw error
}
