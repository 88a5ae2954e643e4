// One device in the list. What becomes of signing it out is shown in its own place, so nothing moves under a pointer that
// may press again, and the keyboard stays where it was.

import { createElement as h, useEffect, useRef, type ReactElement } from 'react'

import type { DeviceOutcome } from './devices.ts'
import { ago, dateOf, isRecent, kindOf, nameOf, type DevicesTexts } from './devices-texts.ts'
import { wallClock } from './platform.ts'
import type { Problem } from './problem.ts'
import { alertWith, button, type Focusable } from './react-button.ts'
import type { ListedDevice } from './react-devices.ts'

export interface RowProps {
  readonly one: ListedDevice
  readonly texts: DevicesTexts
  readonly locale: string
  readonly place: string | undefined
  /** What became of the last attempt, if it was here. */
  readonly outcome: DeviceOutcome | undefined
  readonly isPending: boolean
  /** Whether something is under way, here or elsewhere. */
  readonly isOff: boolean
  readonly end: () => void
  readonly prove: ((problem: Problem) => void) | undefined
}

export function DeviceRow(props: RowProps): ReactElement {
  const { one, texts, outcome, isPending, isOff, end } = props
  const name = nameOf(one, texts)
  const own = useRef<HTMLButtonElement & Focusable>(null)
  // The button that led to the proof is gone when there is one.
  const isProving = outcome?.kind === 'proof-required'
  const wasProving = useRef(false)
  useEffect(() => {
    if (wasProving.current && !isProving) own.current?.focus()
    wasProving.current = isProving
  }, [isProving])
  return h(
    'li',
    {
      className: 'sojourn-device',
      'data-current': one.current ? true : undefined,
      'data-kind': kindOf(one),
      'data-pending': isPending ? true : undefined,
      'data-ended': one.isEnded ? true : undefined,
    },
    h('div', { className: 'sojourn-device-facts' }, nameLine(one, name, texts), detailLine(props)),
    button(one.isEnded ? texts.ended : texts.signOut, end, {
      ref: own,
      label: one.isEnded ? texts.doneOne(name) : texts.signOutOf(name),
      isOff: isOff || one.isEnded,
    }),
    alertOf(props),
  )
}

function nameLine({ current }: ListedDevice, name: string, texts: DevicesTexts): ReactElement {
  const badge = h('span', { key: 'badge', className: 'sojourn-device-badge' }, texts.thisDevice)
  return h('p', { className: 'sojourn-device-name' }, h('bdi', null, name), current ? [' ', badge] : null)
}

function detailLine({ one, texts, locale, place }: RowProps): ReactElement {
  return h(
    'p',
    { className: 'sojourn-device-detail' },
    seenTime(one, texts, locale),
    place ? h('bdi', { className: 'sojourn-device-place' }, place) : null,
    h(
      'time',
      { dateTime: one.createdAt, className: 'sojourn-device-since' },
      texts.signedInOn(dateOf(one.createdAt, locale)),
    ),
  )
}

function seenTime(
  { current, lastSeenAt, isEnded }: ListedDevice,
  texts: DevicesTexts,
  locale: string,
): ReactElement {
  const now = wallClock()
  const isHere = !isEnded && (current || isRecent(lastSeenAt, now))
  const text = isHere ? texts.activeNow : texts.lastSeen(ago(lastSeenAt, now, locale))
  return h('time', { dateTime: lastSeenAt, className: 'sojourn-device-seen' }, text)
}

function alertOf({ outcome, prove, texts, isOff }: RowProps): ReactElement | null {
  if (outcome?.kind === 'failed') return alertWith(texts.failed)
  if (outcome?.kind !== 'proof-required') return null
  const { problem } = outcome
  return alertWith(texts.proofRequired, prove && button(texts.prove, () => prove(problem), { isOff }))
}
