// The theft, told step by step as it happens: who did what, what the server answered, and how the copy was noticed.

import { doing, refreshState } from './actions.mjs'
import { change as send, get, Problem } from './api.mjs'
import { at, button, h, mask, put } from './dom.mjs'
import { exactSpan } from './format.mjs'
import { generationsOf } from './generations.mjs'
import { change, draw, model, now, shownSession } from './model.mjs'
import { pause, quietly } from './experiments.mjs'
import { signInAs } from './session-view.mjs'
import { beginStory, follow, step, wait } from './story.mjs'

export function showTheft() {
  at('theft-controls').append(
    button('Steal it: you go on first', ownerFirst, { kind: 'primary', id: 'owner-first' }),
    button('Steal it: the thief is faster', thiefFirst, { id: 'thief-first' }),
    button('Just steal it', () => quietly(justSteal), { kind: 'plain', id: 'just-steal' }),
    button('Let the thief look', () => quietly(() => act('look')), { id: 'thief-look' }),
    button('Let the thief refresh', () => quietly(() => act('refresh')), { id: 'thief-refresh' }),
    button('Let the thief go', letGo, { kind: 'plain', id: 'thief-go' }),
  )
  draw(drawJars)
  draw(drawControls)
  draw(drawVerdict)
  draw(noteCapture)
}

// ---------------------------------------------------------------------------------------------- the two guided runs

async function ownerFirst() {
  await quietly(async () => {
    await begin()
    await act('look')
    await ownerRefreshes(
      (generation) => `You go on as always. Your token is replaced: generation ${generation} is in use now.`,
    )
    await overlapPasses()
    await act('refresh')
    // The stream brings the end of the session.
    await pause(300)
    await ownerFindsOut()
  })
}

async function thiefFirst() {
  await quietly(async () => {
    await begin()
    await act('refresh')
    await act('look')
    await overlapPasses()
    await ownerFindsOut()
  })
}

async function begin() {
  beginStory()
  await ownerRefreshes((generation) => `You begin with a fresh token: generation ${generation}.`)
  await steal()
}

async function justSteal() {
  beginStory()
  await steal()
}

function letGo() {
  beginStory()
  change({ thief: undefined })
}

async function steal() {
  const { body } = await send('POST', '/demo/thief/steal')
  change({ thief: { handle: body.thief, jar: body.jar, sessionId: model.session.id } })
  step({
    who: 'thief',
    text: `The thief copies your cookies and now holds generation ${body.jar.generation} too, the same token as yours: #${body.jar.digest}.`,
  })
}

async function ownerRefreshes(words) {
  const { status } = await send('POST', '/session/refresh')
  await refreshState()
  step({
    who: 'you',
    text: words(model.session.generation),
    requests: [{ method: 'POST', path: '/session/refresh', status }],
  })
}

async function overlapPasses() {
  const session = shownSession()
  const confirmed = generationsOf(model.events, session).findLast(
    ({ confirmedAt }) => confirmedAt !== undefined,
  )
  const until = (confirmed?.confirmedAt ?? now()) + model.policy.overlap + 250
  await wait({
    text: `Until the overlap is over, generation ${(confirmed?.generation ?? 1) - 1} could still be a request of yours that was under way.`,
    until,
    whole: model.policy.overlap,
  })
}

// The owner's next requests, whatever they bring.
async function ownerFindsOut() {
  const isOver = model.session === null
  const path = isOver ? '/session' : '/session/refresh'
  const method = isOver ? 'GET' : 'POST'
  try {
    if (isOver) await get(path)
    else await send(method, path)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const text = isOver
      ? 'Your next request is refused as well: who of you is the owner, the server cannot know.'
      : 'Your browser presents the token that it still holds, long after the thief has used the next one.'
    step({ who: 'you', text, requests: [{ method, path, status: error.status, code: error.code }] })
  }
  await refreshState()
  if (!isOver) await act('look')
}

// ---------------------------------------------------------------------------------------------- the thief

const lookWords = {
  in: 'The thief looks around, and to the server it is you: the copy is as good as the original.',
  out: 'The thief tries the door, and is nobody.',
}

async function act(action) {
  if (!model.thief) return
  const { body } = await send('POST', '/demo/thief/act', { thief: model.thief.handle, action })
  const { steps, jar } = body
  const before = model.thief.jar
  change({ thief: { ...model.thief, jar } })
  const last = steps.at(-1)
  const isCaught = steps.some(({ told }) => told.includes('session.reused'))
  step({
    who: 'thief',
    tone: isCaught ? 'alarm' : undefined,
    text: isCaught
      ? `The thief presents generation ${before.generation} once more. Nobody honest holds that any longer.`
      : actWords(action, last, jar),
    requests: steps,
  })
}

function actWords(action, last, jar) {
  if (action === 'look' || last.status === 401) return last.status === 200 ? lookWords.in : lookWords.out
  return last.told.includes('session.replayed')
    ? `The thief refreshes within the overlap and is handed generation ${jar.generation}, as your second tab would be.`
    : `The thief refreshes and holds generation ${jar.generation}, one ahead of you.`
}

// ---------------------------------------------------------------------------------------------- what is shown

function drawJars() {
  const { session, thief } = model
  put(
    at('jars'),
    jar({
      kind: 'you',
      name: 'Your cookies',
      holds: session && { generation: session.access.generation, digest: session.digest },
      empty: 'worth nothing any more',
    }),
    jar({
      kind: 'thief',
      name: 'The thief’s cookies',
      holds: thief && !isOut() && thief.jar,
      empty: thief ? 'worth nothing any more' : 'nothing yet',
    }),
  )
}

// The session that the thief has copied is over.
function isOut() {
  return model.thief !== undefined && model.session?.id !== model.thief.sessionId
}

function jar({ kind, name, holds, empty }) {
  return h(
    'div',
    { class: `jar jar-${kind}` },
    h('p', { class: 'jar-name' }, kind === 'thief' && mask(), name),
    holds
      ? h(
          'p',
          { class: 'jar-token' },
          h('strong', {}, `generation ${holds.generation}`),
          h('code', {}, 'sj_••••••••'),
          h('code', {}, `#${holds.digest}`),
        )
      : h('p', { class: 'jar-token quiet' }, empty),
  )
}

function drawControls() {
  const { session, thief, isQuiet } = model
  const isLoose = thief !== undefined && !isOut()
  for (const id of ['owner-first', 'thief-first', 'just-steal']) at(id).hidden = !session || isLoose
  for (const id of ['thief-refresh', 'thief-go']) at(id).hidden = !isLoose
  at('thief-look').hidden = thief === undefined
  for (const control of at('theft-controls').children) control.setAttribute('aria-disabled', String(isQuiet))
}

let captured

// The moment it was noticed, from the audit event.
function noteCapture() {
  const { thief, events } = model
  const reused =
    thief &&
    events.findLast(({ type, sessionId }) => type === 'session.reused' && sessionId === thief.sessionId)
  if (!reused || captured === reused.id) return
  captured = reused.id
  const newest = generationsOf(events, { id: thief.sessionId }).find(
    ({ generation }) => generation === reused.generation,
  )
  const late = newest?.confirmedAt === undefined ? undefined : reused.at - newest.confirmedAt
  change({ thief: { ...thief, caught: { ...reused, late } } })
}

function drawVerdict() {
  const { thief, session } = model
  if (!thief?.caught) return put(at('verdict'))
  const { presented, generation, late } = thief.caught
  const isBack = Boolean(session)
  const element = at('verdict')
  const key = `${thief.caught.id} ${isBack} ${model.isQuiet}`
  if (element.dataset['key'] === key && element.childElementCount > 0) return
  element.dataset['key'] = key
  const { subject, claims } = shownSession() ?? {}
  element.replaceChildren(
    h(
      'div',
      { class: 'caught' },
      h('p', { class: 'caught-title' }, 'Caught.'),
      h(
        'p',
        {},
        h('code', {}, 'session.reused'),
        `: generation ${presented} was presented${late === undefined ? '' : ` ${exactSpan(late)} after`} generation ${generation} had come into use. The session ended at that moment, for both of you, access tokens included.`,
      ),
      isBack
        ? h(
            'p',
            {},
            'You have signed in again: a new session, with a new secret. The thief’s copy opens nothing.',
          )
        : h(
            'div',
            { class: 'controls' },
            subject &&
              button(`Sign in again as ${claims.name}`, () => back(subject), {
                kind: 'primary',
                id: 'sign-in-again',
              }),
          ),
    ),
  )
  if (!model.isQuiet) follow(element)
}

async function back(subject) {
  await signInAs(subject)
  if (!model.session) return
  step({
    who: 'you',
    text: 'You sign in again, which begins a new session.',
    requests: [{ method: 'POST', path: '/demo/sign-in', status: 204 }],
  })
  await pause(400)
  await doing(() => act('look'))
}
