// A short form of `npm run browsers`, and three clients or servers that do it wrong: whoever counts must be able to find.

import { describe, expect, it } from 'vitest'

import type { Platform } from '../../src/client.ts'
import { emptyTally, liveDay, type DayOptions, type Tally } from '../../model/browsers/day.ts'

async function lived(options: Partial<DayOptions>): Promise<Tally> {
  const tally = emptyTally()
  await liveDay({ browsers: 60, hours: 2, seed: 11, ...options }, tally)
  return tally
}

describe('browsers and apps on a bad network', { timeout: 240_000 }, () => {
  it('P1 P7 P8 P60: nobody is signed out by accident, and no sign-out is undone', async () => {
    const tally = await lived({ browsers: 200, hours: 1.5 })
    expect(tally.accidents).toEqual([])
    expect(tally).toMatchObject({ browsers: 200, accidental: 0, undead: 0 })
    // It was a bad network.
    for (const count of [
      'replayed',
      'lostRequests',
      'lostAnswers',
      'cutOff',
      'late',
      'slept',
      'signOuts',
    ] as const) {
      expect(tally[count]).toBeGreaterThan(5)
    }
  })

  it('finds an app that makes a new Idempotency-Key for every attempt', async () => {
    let attempts = 0
    const tally = await lived({
      distorted: (platform) =>
        sending(platform, (request) => {
          if (request.headers.has('idempotency-key'))
            request.headers.set('idempotency-key', `key ${attempts++}`)
        }),
    })
    expect(tally.accidental).toBeGreaterThan(0)
    expect(tally.accidents.join()).toContain('(app)')
  })

  it('finds a rule that forgives less than the network needs', async () => {
    const tally = await lived({ policy: { overlap: '0s' } })
    expect(tally.accidental).toBeGreaterThan(0)
    expect(tally.accidents.join()).toContain('(browser)')
  })
})

function sending(platform: Platform, change: (request: Request) => void): Platform {
  return {
    ...platform,
    fetch: (request) => {
      change(request)
      return platform.fetch(request)
    },
  }
}
