// The theft, told step by step as it happens: who did what, what the server answered, and how the copy was noticed.

import { doing, refreshState } from './actions.mjs'
import { change as send, get, Problem } from './api.mjs'
import { generationsOf } from './generations.mjs'
import { change, model, now, shownSession } from './model.mjs'
import { pause, quietly } from './experiments.mjs'
import { signInAs } from './session-view.mjs'
import { beginStory, step, wait } from './story.mjs'

// ---------------------------------------------------------------------------------------------- the two guided runs

/** The owner goes on, and the thief comes back when the overlap is over. */
export async function ownerFirst() {
  await guided(async () => {
    await begin()
    await act('look')
    await breathe()
    await ownerRefreshes(
      (generation) => `You go on as always. Your token is replaced: generation ${generation} is in use now.`,
    )
    await overlapPasses()
    await act('refresh')
    // Meanwhile the stream brings the end of the session.
    await breathe()
    await ownerFindsOut()
  })
}

/** The thief goes on, and the owner comes back when the overlap is over. */
export async function thiefFirst() {
  await guided(async () => {
    await begin()
    await act('refresh')
    await breathe()
    await act('look')
    await breathe()
    await overlapPasses()
    await ownerFindsOut()
  })
}

function guided(run) {
  return quietly(run, { isGuided: true })
}

// Time to read a step, in proportion to the times of the policy.
async function breathe() {
  await pause(Math.max(150, Math.min(1500, model.policy.overlap / 5)))
}

async function begin() {
  beginStory()
  await ownerRefreshes((generation) => `You begin with a fresh token: generation ${generation}.`)
  await breathe()
  await steal()
  await breathe()
}

/** Copies the cookies, and leaves the rest to the person. */
export async function justSteal() {
  beginStory()
  await steal()
}

export function letGo() {
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

/** Lets the thief look around or refresh. */
export async function act(action) {
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

/** The owner signs in again, and the thief tries once more. */
export async function back(subject) {
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
