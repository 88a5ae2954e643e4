import { describe, expect, it } from 'vitest'

import { ago, dateOf, devicesTexts, isRecent, kindOf, nameOf } from '../../src/client/devices-texts.ts'
import type { SessionDevice } from '../../src/react.ts'
import { agents } from '../support/user-agents.ts'

const now = Date.parse('2026-11-27T12:00:00Z')
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]

function deviceOf(label: string | null, userAgent: string | null): SessionDevice {
  const seen = '2026-11-27T12:00:00Z'
  return {
    id: 'id',
    current: false,
    createdAt: seen,
    lastSeenAt: seen,
    device: { label, userAgent, ip: null },
  }
}

describe('when a device was last seen', () => {
  const before = (span: number): string => new Date(now - span).toISOString()

  it.each([
    [-hour, 'now'],
    [0, 'now'],
    [59_000, 'now'],
    [minute, '1 minute ago'],
    [59 * minute, '59 minutes ago'],
    [hour, '1 hour ago'],
    [25 * hour, 'yesterday'],
    [6 * day, '6 days ago'],
    [8 * day, 'last week'],
    [40 * day, 'last month'],
    [800 * day, '2 years ago'],
  ])('%i ms ago is "%s"', (span, text) => {
    expect(ago(before(span), now, 'en')).toBe(text)
  })

  it('is told in other languages too', () => {
    expect(ago(before(3 * hour), now, 'de')).toBe('vor 3 Stunden')
    expect(dateOf('2026-11-27T12:00:00Z', 'de')).toBe('27.11.2026')
  })

  it('was a moment ago within a minute, also by a clock that is behind', () => {
    expect([0, 59_999, minute, -hour].map((span) => isRecent(before(span), now))).toEqual([
      true,
      true,
      false,
      true,
    ])
  })
})

describe('a device', () => {
  it.each([
    ['Alice’s phone', agents.iphone, 'Alice’s phone', 'phone'],
    [null, agents.iphone, 'Safari on iPhone', 'phone'],
    [null, agents.firefoxOnAndroid, 'Firefox on Android', 'phone'],
    [null, agents.safari.replace('Macintosh', 'iPad'), 'Safari on iPad', 'tablet'],
    [null, agents.firefox, 'Firefox on Linux', 'computer'],
    ['Firefox on Linux', null, 'Firefox on Linux', 'computer'],
    ['   ', 'curl/8.5.0', 'curl/8.5.0', 'other'],
    [null, null, 'Unknown device', 'other'],
  ])('of label %j and header %j is called %s and is a %s', (label, userAgent, name, kind) => {
    const device = deviceOf(label, userAgent)
    expect([nameOf(device, devicesTexts), kindOf(device)]).toEqual([name, kind])
  })
})

it('the question before all others are signed out counts them', () => {
  expect([1, 2].map(devicesTexts.confirmOthers)).toEqual([
    'Sign out the other device?',
    'Sign out 2 other devices?',
  ])
})
