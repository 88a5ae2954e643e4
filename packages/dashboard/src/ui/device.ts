// What to call a device: its label, or what its browser calls itself, in short. All of it is what a client has said, so it
// is only ever shown as text.

import { deviceLabel } from 'sojourn/react'

interface Device {
  readonly label: string | null
  readonly userAgent: string | null
}

/** Such as "Firefox on Linux"; a label wins. */
export function deviceName({ label, userAgent }: Device): string {
  return visible(label || deviceLabel(userAgent ?? '') || 'Unknown device')
}

/** Text of a client with what cannot be seen made visible, so that it cannot pass for something else. */
export function visible(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
