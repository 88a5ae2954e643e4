// "Sign out all other devices", and the question before it. The question stands in the place of the button, and the focus
// goes with it, to the way out of it; Escape is an answer.

import { createElement as h, useEffect, useId, useRef, useState, type ReactElement } from 'react'

import type { DevicesTexts } from './devices-texts.ts'
import { alertWith, button, type Focusable } from './react-button.ts'

export interface OthersProps {
  /** How many there are. */
  readonly count: number
  readonly texts: DevicesTexts
  readonly hasFailed: boolean
  readonly isOff: boolean
  readonly end: () => void
}

export function SignOutOthers({ count, texts, hasFailed, isOff, end }: OthersProps): ReactElement {
  const [isAsked, setAsked] = useState(false)
  const opener = useRef<HTMLButtonElement & Focusable>(null)
  const wayOut = useRef<HTMLButtonElement & Focusable>(null)
  const wasAsked = useRef(false)
  const question = useId()
  useEffect(() => {
    if (isAsked !== wasAsked.current) (isAsked ? wayOut : opener).current?.focus()
    wasAsked.current = isAsked
  }, [isAsked])
  if (count === 0) return h('p', { className: 'sojourn-devices-only' }, texts.onlyThis)
  if (!isAsked) {
    const options = { className: 'sojourn-devices-others', ref: opener, isOff }
    return h(
      'div',
      { className: 'sojourn-devices-foot' },
      button(texts.signOutOthers, () => setAsked(true), options),
      hasFailed ? alertWith(texts.failed) : null,
    )
  }
  const answer = (): void => {
    setAsked(false)
    end()
  }
  return h(
    'div',
    {
      role: 'group',
      className: 'sojourn-devices-foot sojourn-devices-question',
      'aria-labelledby': question,
      onKeyDown: ({ key }: { readonly key: string }) => {
        if (key === 'Escape') setAsked(false)
      },
    },
    h('p', { id: question }, texts.confirmOthers(count)),
    button(texts.confirm, answer, { className: 'sojourn-devices-confirm', isOff }),
    button(texts.cancel, () => setAsked(false), { ref: wayOut }),
  )
}
