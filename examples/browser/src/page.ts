// What the page does. It shows what the client knows, and asks for nothing that the server would not check again.

import { createClient, type ClientState } from 'sojourn/client'

const client = createClient()
const find = (selector: string): HTMLElement => document.querySelector<HTMLElement>(selector)!

const reasons = {
  signed_out: 'You have signed out.',
  idle: 'You were away for too long.',
  absolute: 'Your time was up.',
  reused: 'Your session may have been copied, so it was ended.',
  ended: 'Your session was ended from elsewhere.',
} as const

function show(state: ClientState): void {
  const isSignedIn = state.status === 'signed-in'
  find('#sign-in').hidden = state.status !== 'signed-out'
  find('#write').hidden = !isSignedIn
  find('#warning').hidden = !(isSignedIn && state.warning)
  find('#warning span').textContent = `You are signed out in ${client.secondsLeft() ?? 0} seconds.`
  if (isSignedIn) find('#status').textContent = `Signed in as ${state.session.subject}.`
  if (state.status === 'signed-out') {
    find('#status').textContent = state.reason ? reasons[state.reason] : 'Please sign in.'
    find('ul').replaceChildren()
  }
}

async function list(): Promise<void> {
  const response = await client.fetch('/notes')
  if (!response.ok) return
  const items = ((await response.json()) as string[]).map((text) => {
    const item = document.createElement('li')
    item.textContent = text
    return item
  })
  find('ul').replaceChildren(...items)
}

function sendJson(path: string, form: HTMLFormElement): Promise<Response> {
  const body = JSON.stringify(Object.fromEntries(new FormData(form)))
  form.reset()
  return client.fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
}

/** Runs what a person has asked for, and tells them when there was no answer. */
function doing(work: () => Promise<unknown>): (event: Event) => void {
  return (event) => {
    event.preventDefault()
    work().catch(() => {
      find('#status').textContent = 'The server did not answer. Please try again.'
    })
  }
}

const signInForm = find('#sign-in') as HTMLFormElement
const writeForm = find('#write') as HTMLFormElement
const signIn = async (): Promise<void> => {
  const { ok } = await sendJson('/sign-in', signInForm)
  if (ok) await client.signedIn()
  else find('#status').textContent = 'That is nobody’s name and password.'
}
signInForm.addEventListener('submit', doing(signIn))
writeForm.addEventListener(
  'submit',
  doing(async () => {
    await sendJson('/notes', writeForm)
    await list()
  }),
)
find('#sign-out').addEventListener(
  'click',
  doing(() => client.signOut()),
)
find('#warning button').addEventListener(
  'click',
  doing(() => client.stay()),
)

client.subscribe(({ type }) => {
  show(client.state)
  if (type === 'signed-in') void list()
})
setInterval(() => show(client.state), 1000)
doing(() => client.load())(new Event('load'))
