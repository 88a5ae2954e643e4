// What <YourDevices /> says: every word of it, to be replaced one by one or all together.

import { deviceLabel } from '../core/user-agent.ts'
import type { SessionDevice } from './devices.ts'
import { instantOf } from './platform.ts'

export interface DevicesTexts {
  readonly heading: string
  readonly intro: string
  readonly loading: string
  /** Where the list could not be had. */
  readonly unavailable: string
  readonly tryAgain: string
  readonly signedOut: string
  readonly thisDevice: string
  /** A device that says nothing of itself. */
  readonly unnamed: string
  /** Of this device, and of others within the last minute. */
  readonly activeNow: string
  /** Around the time: "Last seen 3 hours ago". */
  readonly lastSeen: (when: string) => string
  readonly signedInOn: (date: string) => string
  /** On a button. */
  readonly signOut: string
  /** The name of that button for somebody who does not see the row. It must begin with what the button shows. */
  readonly signOutOf: (name: string) => string
  /** On the button of a device that was signed out here. */
  readonly ended: string
  readonly signOutOthers: string
  readonly onlyThis: string
  /** The question before all others are signed out. */
  readonly confirmOthers: (count: number) => string
  readonly confirm: string
  readonly cancel: string
  readonly proofRequired: string
  /** On the button that leads to the proof. */
  readonly prove: string
  readonly failed: string
  readonly doneOne: (name: string) => string
  readonly doneOthers: string
}

/** The texts in English. */
export const devicesTexts: DevicesTexts = {
  heading: 'Your devices',
  intro:
    'You are signed in on these devices. If you do not recognise one, sign it out and change your password.',
  loading: 'Looking for your devices…',
  unavailable: 'Your devices cannot be shown right now.',
  tryAgain: 'Try again',
  signedOut: 'You are signed out.',
  thisDevice: 'This device',
  unnamed: 'Unknown device',
  activeNow: 'Active now',
  lastSeen: (when) => `Last seen ${when}`,
  signedInOn: (date) => `Signed in on ${date}`,
  signOut: 'Sign out',
  signOutOf: (name) => `Sign out: ${name}`,
  ended: 'Signed out',
  signOutOthers: 'Sign out all other devices',
  onlyThis: 'You are signed in on this device only.',
  confirmOthers: (count) => (count === 1 ? 'Sign out the other device?' : `Sign out ${count} other devices?`),
  confirm: 'Sign them out',
  cancel: 'Cancel',
  proofRequired: 'Nothing was signed out: confirm that it is you first.',
  prove: 'Confirm that it is you',
  failed: 'That did not work. Nothing may have been signed out.',
  doneOne: (name) => `Signed out: ${name}`,
  doneOthers: 'All other devices are signed out.',
}

/** What a device is called: by the application, or else by its browser and system. */
export function nameOf({ device }: SessionDevice, { unnamed }: DevicesTexts): string {
  return (device.label?.trim() || deviceLabel(device.userAgent ?? undefined)) ?? unnamed
}

/** What it looks like, by its own words. */
export function kindOf({ device }: SessionDevice): 'phone' | 'tablet' | 'computer' | 'other' {
  const text = `${device.userAgent ?? ''} ${device.label ?? ''}`
  if (/\biPhone\b|\bAndroid\b.*\bMobile\b|\bMobile\b.*\bAndroid\b/.test(text)) return 'phone'
  if (/\biPad\b|\bAndroid\b/.test(text)) return 'tablet'
  return /\b(?:Windows|Macintosh|Mac|Linux|CrOS)\b/.test(text) ? 'computer' : 'other'
}

/** Whether it was within the last minute. */
export function isRecent(instant: string, now: number): boolean {
  return now - instantOf(instant) < 60_000
}

const units: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** How long ago, in words of the locale, such as "3 hours ago". What a wrong clock puts into the future is now. */
export function ago(instant: string, now: number, locale: string): string {
  const seconds = Math.max(0, now - instantOf(instant)) / 1000
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const [unit, span] = units.find(([, length]) => seconds >= length) ?? ['second', Infinity]
  return format.format(-Math.floor(seconds / span) || 0, unit)
}

/** A date in words of the locale, such as "Nov 27, 2026". */
export function dateOf(instant: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(instantOf(instant))
}
