// The one button of <YourDevices />, and the alert that may hold one.

import { createElement as h, type ReactElement, type ReactNode, type RefObject } from 'react'

/** What of an element is used: this compiles without the types of a browser. */
export interface Focusable {
  focus(options?: { readonly preventScroll: boolean }): void
}

export interface ButtonOptions {
  readonly className?: string
  /** Its name for somebody who does not see what stands around it. */
  readonly label?: string
  readonly ref?: RefObject<(HTMLButtonElement & Focusable) | null>
  /** Says so and does nothing, but keeps the focus, which `disabled` would lose. */
  readonly isOff?: boolean
}

export function button(text: string, press: () => void, options: ButtonOptions = {}): ReactElement {
  const { className, label, ref, isOff = false } = options
  return h(
    'button',
    {
      type: 'button',
      ref,
      className: className === undefined ? 'sojourn-devices-button' : `sojourn-devices-button ${className}`,
      'aria-label': label,
      'aria-disabled': isOff ? true : undefined,
      onClick: isOff ? undefined : press,
    },
    text,
  )
}

export function alertWith(text: string, action?: ReactNode): ReactElement {
  return h('div', { role: 'alert', className: 'sojourn-devices-alert' }, h('p', null, text), action)
}
