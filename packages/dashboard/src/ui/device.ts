// What to call a device: its label, or what its browser calls itself, in short. All of it is what a client has said, so it
// is only ever shown as text.

interface Device {
  readonly label: string | null
  readonly userAgent: string | null
}

const browsers: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bEdg\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/\b(HeadlessChrome|Chrome|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]
const systems: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMacintosh\b/, 'Mac'],
  [/\bLinux\b/, 'Linux'],
]

/** Such as "Firefox on Linux"; a label wins. */
export function deviceName({ label, userAgent }: Device): string {
  if (label !== null && label !== '') return visible(label)
  if (userAgent === null || userAgent === '') return 'Unknown device'
  const named = (table: typeof browsers): string | undefined =>
    table.find(([pattern]) => pattern.test(userAgent))?.[1]
  const browser = named(browsers)
  if (browser === undefined) return visible(userAgent.split(' (')[0]?.slice(0, 64) ?? userAgent)
  const system = named(systems)
  return system === undefined ? browser : `${browser} on ${system}`
}

/** Text of a client with what cannot be seen made visible, so that it cannot pass for something else. */
export function visible(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
