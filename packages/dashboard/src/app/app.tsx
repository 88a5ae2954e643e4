// Who is there decides what is shown: the sign-in for a visitor, the pages for whoever has signed in.

import { useEffect } from 'react'
import { useClient, useSession } from 'sojourn/react'

import { queries } from '../api/queries.ts'
import { SignIn } from '../pages/sign-in/sign-in.tsx'
import { Waiting } from '../ui/states.tsx'
import { PageOf } from './page-of.tsx'
import { Shell } from './shell.tsx'

export function App() {
  const state = useSession()
  const client = useClient()
  // What one person has seen is not for the next one.
  useEffect(() => {
    if (state.status === 'signed-out') queries.clear()
  }, [state.status])
  switch (state.status) {
    case 'unknown':
      return <Waiting what="Asking the server who you are" retry={() => void client.load().catch(() => {})} />
    case 'signed-out':
      return <SignIn reason={state.reason} />
    case 'signed-in':
      return (
        <Shell warning={state.warning}>
          <PageOf />
        </Shell>
      )
  }
}
