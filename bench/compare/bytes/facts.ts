// The facts that every store is given, ours and others': who signed in, with what, and when. Typical sizes, taken from
// nothing but a counter, so that each run and each store has the same.

import { createHash } from 'node:crypto'

/** A remembered session, somewhere in its life. */
export interface Facts {
  readonly subject: string
  readonly claims: { readonly role: string; readonly plan: string }
  readonly data: { readonly locale: string; readonly theme: string; readonly cart: readonly string[] }
  readonly device: { readonly label: string; readonly userAgent: string; readonly ip: string }
  readonly signedInAt: number
  readonly seenAt: number
}

const browsers = [
  [
    'Chrome on Windows',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  ],
  [
    'Safari on iPhone',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  ],
  ['Firefox on Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0'],
  [
    'Chrome on Android',
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36',
  ],
] as const

const day = 86_400_000

/** The facts of session `number`, as they are at `now`; each subject has `perSubject` sessions. */
export function factsOf(number: number, perSubject: number, now: number): Facts {
  const digest = createHash('sha256').update(String(number)).digest()
  const [label, userAgent] = browsers[digest[0]! % browsers.length]!
  const seenAt = now - (digest.readUInt32BE(4) % day)
  return {
    subject: uuid(Math.floor(number / perSubject)),
    claims: { role: digest[1]! % 20 === 0 ? 'admin' : 'member', plan: digest[2]! % 3 === 0 ? 'pro' : 'free' },
    data: {
      locale: 'en-GB',
      theme: digest[3]! % 2 === 0 ? 'dark' : 'light',
      cart: digest[8]! % 4 === 0 ? [`sku-${digest.readUInt16BE(9)}`, `sku-${digest.readUInt16BE(11)}`] : [],
    },
    device: { label, userAgent, ip: [...digest.subarray(13, 17)].join('.') },
    signedInAt: seenAt - day - (digest.readUInt32BE(18) % (7 * day)),
    seenAt,
  }
}

function uuid(of: number): string {
  const hex = createHash('sha256').update(`subject ${of}`).digest('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
