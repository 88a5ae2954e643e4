// Signing in with an API key. It makes a session of this browser; the key itself is kept nowhere.

import { useEffect, useState, type SubmitEvent } from 'react'
import { useClient } from 'sojourn/react'
import type { SignOutReason } from 'sojourn/client'

import { send } from '../../api/client.ts'
import { Button } from '../../ui/button.tsx'
import { keyIn, KeyField } from '../../ui/key-field.tsx'
import { Logo } from '../../ui/logo.tsx'
import { problemText } from '../../ui/problem.ts'

const reasons: Readonly<Record<SignOutReason, string>> = {
  signed_out: 'You have signed out.',
  idle: 'You were signed out because nothing had happened for a while.',
  absolute: 'You were signed out because your time was up.',
  reused:
    'This session was ended because somebody had a copy of it. If that was not you, revoke your API key.',
  ended: 'Your session has ended, or your API key is not good any more.',
}

export function SignIn({ reason }: { reason: SignOutReason | undefined }) {
  const client = useClient()
  const [fault, setFault] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)
  useEffect(() => {
    document.title = 'Sign in · Sojourn'
  }, [])
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault()
    const apiKey = keyIn(event.currentTarget)
    setIsBusy(true)
    setFault(undefined)
    try {
      await send('POST', '/sign-in', { apiKey })
      await client.signedIn()
    } catch (error) {
      setFault(problemText(error))
      setIsBusy(false)
    }
  }
  return (
    <main className="sign-in">
      <div className="sign-in-box">
        <p className="brand">
          <Logo />
          <span>Sojourn</span>
        </p>
        <h1>Sign in to the dashboard</h1>
        {reason && (
          <p className="notice" role="status">
            {reasons[reason]}
          </p>
        )}
        <form onSubmit={(event) => void submit(event)}>
          <KeyField fault={fault} />
          <Button kind="primary" type="submit" isBusy={isBusy}>
            Sign in
          </Button>
        </form>
        <p className="help">
          With an API key of the role <code>manage</code> you may do everything, with <code>read</code> you
          may look. <code>sojourn apikeys create --role read</code> makes one; the first one of a development
          server is in <code>.sojourn/credentials.json</code>.
        </p>
      </div>
    </main>
  )
}
