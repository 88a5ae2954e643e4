// Where an API key is typed or pasted. It is a password to the browser, so it is hidden, and a manager of passwords can keep
// it; it goes into the body of one request and is kept nowhere in the page.

import { useId } from 'react'

export function KeyField({ fault }: { fault: string | undefined }) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>API key</label>
      <input
        id={id}
        name="apiKey"
        type="password"
        autoComplete="current-password"
        autoCapitalize="off"
        spellCheck={false}
        required
        maxLength={256}
        aria-invalid={fault === undefined ? undefined : true}
        aria-describedby={fault === undefined ? undefined : `${id}-fault`}
      />
      <p className="fault" id={`${id}-fault`} role="alert">
        {fault}
      </p>
    </div>
  )
}

/** The key that is in the form with that field. */
export function keyIn(form: HTMLFormElement): string {
  const key = new FormData(form).get('apiKey')
  return typeof key === 'string' ? key.trim() : ''
}
