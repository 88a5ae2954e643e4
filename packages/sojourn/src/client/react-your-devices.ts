// <YourDevices />: where somebody is signed in, and a way to end it. It draws plain elements with class names and data
// attributes and brings no style of its own, so it stands under any policy for content; devices.css is one way to dress it.
//
// Everything that a device says of itself is put in as text, isolated from the direction of what stands around it.

import { createElement as h, useId, useRef, useState, type ReactElement } from 'react'

import type { DeviceOutcome, SessionDevice } from './devices.ts'
import { devicesTexts, nameOf, type DevicesTexts } from './devices-texts.ts'
import type { Problem } from './problem.ts'
import { alertWith, button, type Focusable } from './react-button.ts'
import { DeviceRow } from './react-device-row.ts'
import { useDevices, type Devices, type ListedDevice } from './react-devices.ts'
import { SignOutOthers } from './react-sign-out-others.ts'

export interface YourDevicesProps {
  /** In place of the English ones. */
  readonly texts?: Partial<DevicesTexts>
  /** How times and dates are written (BCP 47). Default: `en`. */
  readonly locale?: string
  /** 1 to 6. Default: 2. */
  readonly headingLevel?: 1 | 2 | 3 | 4 | 5 | 6
  /** Where a device is, in words, such as a city that you know of its address. Default: nothing is said. */
  readonly locationOf?: (device: SessionDevice) => string | undefined
  /**
   * Asks the person to prove anew who they are, such as by a step-up, and resolves to whether they have. What they wanted
   * is then done. Default: they are told, and nothing else.
   */
  readonly prove?: (problem: Problem) => Promise<boolean>
  /** Added to that of the section. */
  readonly className?: string
}

/** What was tried last: on a device, by its id, or on all others. */
interface Attempt {
  readonly on: string
  readonly outcome: DeviceOutcome
  /** What is told of it where it is done. */
  readonly done: string
}

/** The person's own devices. Needs a `SessionProvider` around it. */
export function YourDevices(props: YourDevicesProps): ReactElement {
  const { headingLevel = 2, className } = props
  const texts = { ...devicesTexts, ...props.texts }
  const list = useDevices()
  const [attempt, setAttempt] = useState<Attempt>()
  const id = useId()
  const heading = useRef<HTMLHeadingElement & Focusable>(null)

  const run = async (on: string, ending: () => Promise<DeviceOutcome>, done: string): Promise<void> => {
    setAttempt(undefined)
    const outcome = await ending()
    setAttempt({ on, outcome, done })
    // What was pressed is gone with the others, or with the whole list.
    const isGone = on === 'others' || list.devices.some((one) => one.id === on && one.current)
    if (outcome.kind === 'done' && isGone) heading.current?.focus({ preventScroll: true })
  }
  const end = ({ id: on, ...one }: ListedDevice): Promise<void> =>
    run(on, () => list.signOut(on), texts.doneOne(nameOf({ id: on, ...one }, texts)))
  const endOthers = (): Promise<void> => run('others', list.signOutOthers, texts.doneOthers)

  return h(
    'section',
    {
      className: className === undefined ? 'sojourn-devices' : `sojourn-devices ${className}`,
      'data-status': list.status,
      'aria-labelledby': id,
      'aria-busy': list.status === 'loading' || list.pending !== undefined,
    },
    h(
      `h${headingLevel}`,
      { id, ref: heading, tabIndex: -1, className: 'sojourn-devices-heading' },
      texts.heading,
    ),
    list.status === 'failed' ? alertWith(texts.unavailable, button(texts.tryAgain, list.reload)) : null,
    list.devices.length > 0 ? listOf({ ...props, texts, id, list, attempt, end }) : null,
    h('p', { role: 'status', className: 'sojourn-devices-status' }, said(list, attempt, texts)),
    list.devices.length > 0
      ? h(SignOutOthers, {
          count: list.devices.filter(({ current, isEnded }) => !current && !isEnded).length,
          texts,
          hasFailed: attempt?.on === 'others' && attempt.outcome.kind !== 'done',
          isOff: list.pending !== undefined,
          end: () => void endOthers(),
        })
      : null,
  )
}

function said({ status, devices }: Devices, attempt: Attempt | undefined, texts: DevicesTexts): string {
  if (status === 'signed-out') return texts.signedOut
  if (status === 'loading' && devices.length === 0) return texts.loading
  return attempt?.outcome.kind === 'done' ? attempt.done : ''
}

interface Listing extends Omit<YourDevicesProps, 'texts'> {
  readonly texts: DevicesTexts
  readonly id: string
  readonly list: Devices
  readonly attempt: Attempt | undefined
  readonly end: (one: ListedDevice) => Promise<void>
}

function listOf({
  texts,
  locale = 'en',
  locationOf,
  prove,
  id,
  list,
  attempt,
  end,
}: Listing): readonly ReactElement[] {
  const rows = list.devices.map((one) =>
    h(DeviceRow, {
      key: one.id,
      one,
      texts,
      locale,
      place: locationOf?.(one),
      outcome: attempt?.on === one.id ? attempt.outcome : undefined,
      isPending: list.pending === one.id,
      isOff: list.pending !== undefined,
      end: () => void end(one),
      // A proof that fails, or is given up, leaves everything as it is.
      prove:
        prove &&
        ((problem: Problem) =>
          void prove(problem)
            .catch(() => false)
            .then((isProved) => (isProved ? end(one) : undefined))),
    }),
  )
  return [
    h('p', { key: 'intro', className: 'sojourn-devices-intro' }, texts.intro),
    h('ul', { key: 'list', className: 'sojourn-devices-list', 'aria-labelledby': id }, rows),
  ]
}
