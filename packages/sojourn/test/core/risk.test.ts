// The rules of risk notes, one signal after the other.

import { describe, expect, it } from 'vitest'
import { riskOfChange, riskOfSignIn, weights, type Sight } from '../../src/core/risk.ts'
import { agents } from '../support/user-agents.ts'
import { hour, minute, now } from './rules.ts'

const places = {
  berlin: { latitude: 52.52, longitude: 13.405 },
  potsdam: { latitude: 52.39, longitude: 13.06 },
  newYork: { latitude: 40.71, longitude: -74.01 },
}

const seen = (sight: Partial<Sight['device']>, at = now, place?: keyof typeof places): Sight => ({
  device: sight,
  at,
  ...(place === undefined ? {} : { place: places[place] }),
})
const kinds = (risk: ReturnType<typeof riskOfChange>): unknown => risk?.signals.map(({ kind }) => kind) ?? []

describe('R27: the browser of a session', () => {
  const changed = (from: string | undefined, to: string | undefined): unknown => {
    const sight = (userAgent: string | undefined): Sight => seen(userAgent === undefined ? {} : { userAgent })
    return kinds(riskOfChange(sight(from), sight(to)))
  }
  const { firefox, chrome, firefoxOnAndroid, edge } = agents

  it.each([
    ['another browser', chrome, edge, ['browser']],
    ['the same on another system', firefox, firefoxOnAndroid, ['browser']],
    ['a program', firefox, 'curl/8.5.0', ['browser']],
    ['none at all', firefox, undefined, ['browser']],
    ['a version back', firefox, firefox.replaceAll('140', '139'), ['older_browser']],
    ['a version forward', firefox, firefox.replaceAll('140', '141'), []],
    ['another build of the same version', chrome, chrome.replaceAll('141.0.0.0', '141.0.7390.1'), []],
    ['the same', firefox, firefox, []],
    ['one where there was none', undefined, firefox, []],
  ])('changed to %s', (_, from, to, signals) => {
    expect(changed(from, to)).toEqual(signals)
  })
})

describe('R27: the network of a session', () => {
  it.each([
    ['another provider', '192.0.2.1', '198.51.100.1', ['network']],
    ['the same provider', '192.0.2.1', '192.0.99.1', []],
    ['another IPv6 provider', '2001:db8::1', '2001:db9::1', ['network']],
    ['the same IPv6 provider', '2001:db8::1', '2001:db8:ffff::1', []],
    ['an IPv4 address in IPv6 clothes', '192.0.2.1', '::ffff:192.0.2.9', []],
    ['the other kind of address', '192.0.2.1', '2001:db8::1', []],
    ['no address', '192.0.2.1', 'somewhere', []],
  ])('changed to %s within minutes', (_, from, to, signals) => {
    expect(kinds(riskOfChange(seen({ ip: from }), seen({ ip: to }, now + 5 * minute)))).toEqual(signals)
  })

  it('tells nothing half an hour later: people go home', () => {
    const later = seen({ ip: '198.51.100.1' }, now + 30 * minute)
    expect(riskOfChange(seen({ ip: '192.0.2.1' }), later)).toBe(undefined)
  })

  it('is not asked where places are known: they decide', () => {
    const [berlin, potsdam] = [
      seen({ ip: '192.0.2.1' }, now, 'berlin'),
      seen({ ip: '198.51.100.1' }, now + minute, 'potsdam'),
    ]
    expect(riskOfChange(berlin, potsdam)).toBe(undefined)
  })
})

describe('R27: travel', () => {
  const berlin = seen({ ip: '192.0.2.1' }, now, 'berlin')
  const newYork = (at: number): Sight => seen({ ip: '198.51.100.1' }, at, 'newYork')

  it('is told with how far and how fast, where nobody gets there in that time', () => {
    const risk = riskOfChange(berlin, newYork(now + 20 * minute))
    expect(risk).toMatchObject({ score: weights.travel, signals: [{ kind: 'travel', minutes: 20 }] })
    // The great circle between the two is some 6,385 km.
    expect(Math.abs(risk!.signals[0]!.kilometres! - 6385)).toBeLessThan(30)
  })

  it('is no news where an airliner makes it', () => {
    expect(riskOfChange(berlin, newYork(now + 7 * hour))).toBe(undefined)
    expect(kinds(riskOfChange(berlin, newYork(now + 6 * hour)))).toEqual(['travel'])
  })

  it('of one instant, and of a clock that goes backwards, is judged too', () => {
    expect(kinds(riskOfChange(berlin, newYork(now)))).toEqual(['travel'])
    expect(kinds(riskOfChange(berlin, newYork(now - hour)))).toEqual(['travel'])
  })
})

describe('a sign-in', () => {
  const phone = seen({ userAgent: agents.iphone })
  const laptop = seen({ userAgent: agents.firefox })

  it.each([
    ['unlike all others', phone, [laptop], ['new_device']],
    ['like one of the others', phone, [laptop, seen({ userAgent: agents.iphone.replace('18', '19') })], []],
    ['of somebody without other sessions', phone, [], []],
    ['beside sessions that have no name', phone, [seen({})], []],
    ['without a name itself', seen({}), [laptop], []],
  ])('P50: on a device %s', (_, device, others, signals) => {
    expect(kinds(riskOfSignIn(device, others, undefined))).toEqual(signals)
  })

  it('is judged by who knows the device, where somebody does', () => {
    expect(kinds(riskOfSignIn(phone, [phone], false))).toEqual(['new_device'])
    expect(riskOfSignIn(phone, [laptop], true)).toBe(undefined)
  })

  it('far from where its person was just seen adds up', () => {
    const others = [
      seen({ userAgent: agents.firefox }, now - minute, 'berlin'),
      seen({}, now - 9 * hour, 'newYork'),
    ]
    const there = seen({ userAgent: agents.iphone }, now, 'newYork')
    expect(riskOfSignIn(there, others, false)).toMatchObject({ score: 100 })
    expect(kinds(riskOfSignIn(there, others, true))).toEqual(['travel'])
  })
})

it('the score never exceeds 100', () => {
  const all = riskOfChange(
    seen({ userAgent: agents.firefox, ip: '192.0.2.1' }, now, 'berlin'),
    seen({ userAgent: 'curl/8', ip: '198.51.100.1' }, now, 'newYork'),
  )
  expect(all).toMatchObject({ score: 100, signals: [{ kind: 'browser' }, { kind: 'travel' }] })
})
