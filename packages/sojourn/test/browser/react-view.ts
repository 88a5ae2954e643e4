// A small application in React: the same on the server and in the browser.

import { createElement as h, StrictMode, type ReactElement } from 'react'

import type { Client } from '../../src/client.ts'
import { SessionProvider, useClient, useIdleWarning, useSession, useSignOut } from '../../src/react.ts'

function Greeting(): ReactElement {
  const session = useSession()
  switch (session.status) {
    case 'signed-in':
      return h('h1', null, `Good to see you, ${session.session.subject}`)
    case 'signed-out':
      return h('h1', null, session.reason ? `Signed out: ${session.reason}` : 'Please sign in')
    case 'unknown':
      return h('h1', null, 'Who are you?')
  }
}

function Warning(): ReactElement | null {
  const warning = useIdleWarning()
  if (!warning) return null
  return h(
    'p',
    { role: 'alert' },
    h('output', null, warning.secondsLeft),
    h('button', { id: 'stay', onClick: warning.stay }, 'Stay signed in'),
  )
}

function Buttons(): ReactElement {
  const client = useClient()
  const { signOut, isPending, error } = useSignOut()
  const save = (): void => void client.fetch('/notes', { method: 'POST' })
  return h(
    'p',
    null,
    h('button', { id: 'save', onClick: save }, 'Save'),
    h('button', { id: 'sign-out', disabled: isPending, onClick: () => void signOut() }, 'Sign out'),
    error ? h('strong', null, 'You are still signed in') : null,
  )
}

export function View(props: { readonly client: Client }): ReactElement {
  return h(
    StrictMode,
    null,
    h(SessionProvider, { client: props.client }, h(Greeting), h(Warning), h(Buttons)),
  )
}
