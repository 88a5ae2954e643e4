import { describe, expect, it } from 'vitest'
import { onScene } from './support/serve.ts'

const poll = { headers: { 'x-background': '1' } }

describe('a person who is there', () => {
  it('P48: is not signed out because polling does all the refreshing', () =>
    onScene({}, async ({ signedIn, clock }) => {
      const client = await signedIn()
      // An hour of idle time by default; four hours of somebody who clicks between two polls.
      for (let round = 0; round < 48; round++) {
        clock.pass('5m')
        expect((await client.ask('GET', '/poll', poll)).text).toContain('alice')
        clock.pass('1s')
        expect((await client.ask('GET', '/click')).text).toContain('alice')
      }
    }))

  it('P48: is not taken for away because a poll was the first to use their access token', () =>
    onScene({}, async ({ signedIn, clock }) => {
      const client = await signedIn()
      clock.pass('30m')
      await client.ask('GET', '/poll', poll)
      clock.pass('1s')
      await client.ask('GET', '/poll', poll)
      await client.ask('GET', '/click')
      // Forty minutes after the click, and an hour and ten after the sign-in.
      clock.pass('40m')
      expect((await client.ask('GET', '/click')).text).toContain('alice')
    }))

  it('A49 R7: is not kept by polling alone', () =>
    onScene({}, async ({ signedIn, clock }) => {
      const client = await signedIn()
      const minutes = []
      for (let minute = 0; minute < 90; minute += 5) {
        clock.pass('5m')
        const { text } = await client.ask('GET', '/poll', poll)
        if (text.includes('alice')) minutes.push(minute + 5)
      }
      expect(minutes.at(-1)).toBeLessThanOrEqual(60)
      expect(minutes.at(-1)).toBeGreaterThanOrEqual(50)
    }))
})
