// The pane of the theft: what each of the two holds, what can be done, and how it ended.

import { at, button, h, mask, put } from './dom.mjs'
import { quietly } from './experiments.mjs'
import { exactSpan } from './format.mjs'
import { generationsOf } from './generations.mjs'
import { change, draw, model, shownSession } from './model.mjs'
import { follow } from './story.mjs'
import { act, back, justSteal, letGo, ownerFirst, thiefFirst } from './theft.mjs'

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
  const { session, thief, isQuiet, isGuided } = model
  at('theft-controls').hidden = isGuided
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
  // A run tells its story to the end first.
  if (!thief?.caught || model.isGuided) return put(at('verdict'))
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
