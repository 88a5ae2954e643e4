// What is kept of a device.

import type { Device } from './session.ts'

const longest = { label: 128, userAgent: 512, ip: 64, kind: 32 } as const
const names = Object.keys(longest) as readonly (keyof typeof longest)[]

type Given = { readonly [Name in keyof Device]: Device[Name] | undefined }

/**
 * The device without what is empty. It is a note for its person, so a browser that calls itself something endless is cut
 * short, not refused.
 */
export function briefly(device: Given): Device {
  const known = names.flatMap((name) => (device[name] ? [[name, device[name].slice(0, longest[name])]] : []))
  return Object.fromEntries(known) as Device
}
