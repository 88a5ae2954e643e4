import { describe, expect, it } from 'vitest'

import { policies, readPolicy, type Policy, type PolicyInput } from '../../src/core/policy.ts'
import { milliseconds, millisecondsOrNone, type Duration } from '../../src/core/time.ts'
import { day, hour, minute, policyOf, second } from './rules.ts'

function faultsOf(input: object): string[] {
  const faults: string[] = []
  readPolicy(input, faults)
  return faults
}

const spans = ({ cookie, bearer, remember }: Policy): unknown => ({ cookie, bearer, remember })

describe('a policy', () => {
  it('R30 R136: is right for the open internet when nothing is said', () => {
    expect(policyOf()).toEqual({
      cookie: { idle: hour, absolute: 24 * hour, access: 5 * minute },
      bearer: { idle: 14 * day, absolute: 30 * day, access: 10 * minute },
      remember: { idle: 14 * day, absolute: 30 * day, access: 5 * minute },
      overlap: minute,
      limit: undefined,
      freshness: hour,
    })
    expect(policyOf(policies.standard)).toEqual(policyOf())
  })

  it('R10: has presets for staff, and for money and health, which hold to the assurance levels of NIST', () => {
    expect(policyOf(policies.workforce)).toMatchObject({
      cookie: { idle: 30 * minute, absolute: 12 * hour, access: 5 * minute },
      bearer: { idle: 30 * minute, absolute: 12 * hour, access: 5 * minute },
      remember: { idle: hour, absolute: 24 * hour, access: 5 * minute },
      overlap: minute,
      freshness: 15 * minute,
    })
    expect(policyOf(policies.critical)).toMatchObject({
      cookie: { idle: 10 * minute, absolute: 8 * hour, access: 2 * minute },
      bearer: { idle: 10 * minute, absolute: 8 * hour, access: 2 * minute },
      remember: { idle: 15 * minute, absolute: 12 * hour, access: 2 * minute },
      overlap: 24 * second,
      freshness: 5 * minute,
    })
  })

  it.each<[NonNullable<PolicyInput['assurance']>, idle: Duration, absolute: Duration]>([
    ['aal1', '30d', '30d'],
    ['aal2', '1h', '24h'],
    ['aal3', '15m', '12h'],
  ])(
    'R10: that has to hold to %s goes as far as its bounds, and not a millisecond further',
    (assurance, idle, absolute) => {
      const [most, whole] = [milliseconds(idle)!, milliseconds(absolute)!]
      const of = (idle: number, absolute: number): object => {
        const life = { idle: `${idle}ms`, absolute: `${absolute}ms` }
        return { assurance, cookie: life, bearer: life, remember: life }
      }
      expect(faultsOf(of(most, whole))).toEqual([])
      const faults = [
        `policy.cookie.absolute is ${(whole + 1) / 1000} s, but ${assurance.toUpperCase()} allows at most ${whole / 1000} s (NIST SP 800-63B-4)`,
      ]
      expect(faultsOf(of(most, whole + 1))).toEqual(expect.arrayContaining(faults))
      expect(faultsOf(of(most, whole + 1))).toHaveLength(3)
      expect(faultsOf(of(most + 1, whole + 1)).filter((fault) => fault.includes('.idle'))).toHaveLength(3)
    },
  )

  it('takes what was said, and the default for what was not', () => {
    const policy = policyOf({ cookie: { access: '90s' }, bearer: { idle: '1d' }, freshness: 30 })
    expect(spans(policy)).toEqual({
      cookie: { idle: hour, absolute: 24 * hour, access: 90 * second },
      bearer: { idle: day, absolute: 30 * day, access: 10 * minute },
      remember: { idle: 14 * day, absolute: 30 * day, access: 5 * minute },
    })
    expect(policy).toMatchObject({ freshness: 30 * second, overlap: 18 * second })
  })

  it('shortens an idle time that nobody asked for, and refuses one that somebody did', () => {
    expect(policyOf({ cookie: { absolute: '30m' } }).cookie).toMatchObject({ idle: 30 * minute })
    expect(faultsOf({ cookie: { idle: '1h', absolute: '30m' } })).toEqual([
      'policy.cookie.idle is longer than policy.cookie.absolute',
    ])
    expect(faultsOf({ cookie: { idle: '30m', absolute: '30m' } })).toEqual([])
  })

  it('R124: overlaps for a fifth of the shortest access token at most, for nothing at least', () => {
    expect(policyOf({ overlap: '0s' }).overlap).toBe(0)
    expect(policyOf({ overlap: 0 }).overlap).toBe(0)
    expect(policyOf({ overlap: '60s' }).overlap).toBe(minute)
    expect(policyOf({ bearer: { access: '100s' } }).overlap).toBe(20 * second)
    expect(faultsOf({ overlap: 60.001 })).toEqual([
      'policy.overlap is 60.001 s, more than a fifth of the shortest access lifetime (60 s)',
    ])
    expect(faultsOf({ overlap: -1 }).join()).toMatch(/^policy\.overlap is -1; write a duration/)
  })

  it('reads a limit', () => {
    expect(policyOf({ limit: { count: 3 } }).limit).toEqual({ count: 3, onLimit: 'evict', perKind: false })
    const whole = { count: 10_000, onLimit: 'refuse', perKind: true } as const
    expect(policyOf({ limit: whole }).limit).toEqual(whole)
    for (const count of [0, -1, 1.5, 10_001, Number.NaN, '3']) {
      expect(faultsOf({ limit: { count } })).toEqual([
        `policy.limit.count is ${count}; choose a whole number from 1 to 10000`,
      ])
    }
    expect(faultsOf({ limit: { count: 1, onLimit: 'wait' } })).toEqual([
      `policy.limit.onLimit must be 'evict' or 'refuse'`,
    ])
  })

  it.each<[string, object, string]>([
    [
      'no time at all',
      { cookie: { idle: '0s' } },
      'policy.cookie.idle is "0s"; write a duration such as \'5m\'',
    ],
    ['a number below zero', { remember: { access: -5 } }, 'policy.remember.access is -5; write'],
    ['words', { bearer: { absolute: 'a month' } }, 'policy.bearer.absolute is "a month"; write'],
    [
      'an access token of more than a day',
      { cookie: { access: '86401s' } },
      'policy.cookie.access is longer than 86400 seconds',
    ],
    [
      'a session of more than a year',
      { bearer: { absolute: '367d' } },
      'policy.bearer.absolute is longer than 31622400 seconds',
    ],
    ['freshness of nothing', { freshness: '0m' }, 'policy.freshness is "0m"'],
    [
      'an assurance that is none',
      { assurance: 'aal4' },
      `policy.assurance is "aal4"; choose 'aal1', 'aal2' or 'aal3'`,
    ],
  ])('is refused with %s', (_, input, fault) => {
    expect(faultsOf(input)[0]).toContain(fault)
  })

  it('goes as far as a day for access tokens and a year for sessions', () => {
    expect(faultsOf({ cookie: { access: '24h' }, bearer: { absolute: '366d' } })).toEqual([])
  })

  it('tells all of its faults at once', () => {
    const faults = faultsOf({
      cookie: { idle: 'x', access: '2d' },
      bearer: { idle: '2d', absolute: '1d' },
      overlap: '1h',
      limit: { count: 0, onLimit: 'no' },
      freshness: 'y',
    })
    expect(faults).toHaveLength(7)
  })
})

describe('a duration', () => {
  it.each<[string | number, number]>([
    [90, 90_000],
    [0.5, 500],
    ['250ms', 250],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['3h', 10_800_000],
    ['1d', 86_400_000],
    ['0.0004s', 0],
  ])('%s is %i ms', (text, span) => {
    expect(millisecondsOrNone(text)).toBe(span)
    expect(milliseconds(text)).toBe(span === 0 ? undefined : span)
  })

  it.each([
    '',
    's',
    '5',
    '5 m',
    ' 5m',
    '5m ',
    '5M',
    '-5m',
    '+5m',
    '5m5s',
    '5w',
    '.5s',
    '5.s',
    '1e3s',
    '0x5s',
    '1234567890123s',
    '1.1234567s',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -0.001,
  ])('is not %s', (text) => {
    expect(milliseconds(text)).toBeUndefined()
    expect(millisecondsOrNone(text)).toBeUndefined()
  })

  it('of no time is only one where that means something', () => {
    for (const none of [0, '0s', '0.0ms', '0d']) {
      expect(milliseconds(none)).toBeUndefined()
      expect(millisecondsOrNone(none)).toBe(0)
    }
  })
})
