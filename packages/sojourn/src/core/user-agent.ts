// What a User-Agent header says about itself (RFC 9110 §10.1.5), as far as people would notice: which browser, on which
// system, of which version. Anybody can write anything there, so it names a device in a list and is a hint that a session
// has moved; it proves nothing.

/** The browser, or any other program, that a header names. */
export interface UserAgent {
  /** Such as "Firefox"; the first product of the header where it is no browser that we know. */
  readonly product: string
  /** Such as "Linux". */
  readonly system?: string
  /** The first number of its version. */
  readonly version?: number
}

// Each browser names those before it too, to be treated like them: the first that matches is the one.
const browsers: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bEdg(?:A|iOS)?\/(\d+)?/, 'Edge'],
  [/\bOPR\/(\d+)?/, 'Opera'],
  [/\bSamsungBrowser\/(\d+)?/, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\/(\d+)?/, 'Firefox'],
  [/\b(?:HeadlessChrome|Chrome|CriOS)\/(\d+)?/, 'Chrome'],
  [/\bVersion\/(\d+).* Safari\//, 'Safari'],
  [/\bSafari\//, 'Safari'],
]

const systems: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMacintosh\b/, 'Mac'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

const longest = 512
const longestLabel = 64

/** What a header says; undefined for none. */
export function readUserAgent(header: string | undefined): UserAgent | undefined {
  const text = textOf(header)
  if (text === '') return undefined
  const system = systemIn(text)
  const [, product, version] = browserIn(text) ?? /^([^/\s]+|\S+)(?:\/(\d{1,9}))?/.exec(text)!
  return {
    product,
    ...(system === undefined ? {} : { system }),
    ...(version === undefined ? {} : { version: Number(version) }),
  }
}

/**
 * A name that people recognise, such as "Firefox on Linux"; the first product, as it calls itself, where that is no browser,
 * at most 64 characters. Undefined for none. It is what a client says of itself: show it as text.
 */
export function deviceLabel(header: string | undefined): string | undefined {
  const text = textOf(header)
  if (text === '') return undefined
  const browser = browserIn(text)?.[1]
  if (browser === undefined) return text.split(' (')[0]!.slice(0, longestLabel)
  const system = systemIn(text)
  return system === undefined ? browser : `${browser} on ${system}`
}

function textOf(header: string | undefined): string {
  return header?.slice(0, longest).trim() ?? ''
}

type Browser = readonly [text: string, name: string, version: string | undefined]

function browserIn(text: string): Browser | undefined {
  for (const [pattern, name] of browsers) {
    const match = pattern.exec(text)
    if (match) return [text, name, match[1]]
  }
  return undefined
}

function systemIn(text: string): string | undefined {
  return systems.find(([pattern]) => pattern.test(text))?.[1]
}

/** Whether two headers name the same product on the same system, whatever its version. */
export function isSameBrowser(a: UserAgent, b: UserAgent): boolean {
  return a.product === b.product && a.system === b.system
}

/** Whether the version has gone back. Browsers update themselves, and hardly ever the other way. */
export function isOlder(now: UserAgent, before: UserAgent): boolean {
  return now.version !== undefined && before.version !== undefined && now.version < before.version
}
