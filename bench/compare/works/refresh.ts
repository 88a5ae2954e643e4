// A refresh: the session token is checked, the session read, judged by the rules, replaced if nobody was faster, and both
// tokens are made anew. One after the other, so that what counts is how long one takes.

import { inTurn, loopAsync } from '../loop.ts'
import { openPlace, places, sojournOn } from '../stores/places.ts'
import { rawState } from '../stores/raw.ts'
import type { Contender, Row, Work } from '../work.ts'

const people = 200
const numbers = Array.from({ length: people }, (_, number) => number)
const claims = { role: 'member', plan: 'pro' }

export const row: Row = {
  variants: places,
  span: 150,
  warmUp: 800,

  async work(variant): Promise<Work> {
    const place = await openPlace(variant)
    const sojourn = sojournOn(place.opened)
    const { raw, meter } = place
    const theirs = await place.betterAuth({ updateAge: 0, cookieCache: { enabled: false } })
    const timing = { meter }

    const tokens = await Promise.all(
      numbers.map(
        async (number) => (await sojourn.create({ subject: `person ${number}`, claims })).sessionToken,
      ),
    )
    const cookies: string[] = []
    const state = rawState()
    for (const number of numbers) {
      await raw.insert(`owner ${number}`, `row ${number}`, state)
      const lines = await theirs.signIn(`person-${number}`)
      cookies.push(lines.map((line) => line.split(';')[0]).join('; '))
    }

    const ours: Contender = {
      name: 'Sojourn',
      kind: 'ours',
      async prove() {
        const [before] = tokens as [string]
        const issued = await sojourn.refresh(before)
        tokens[0] = issued.sessionToken
        if (issued.outcome !== 'rotated' || issued.session.subject !== 'person 0' || tokens[0] === before)
          throw new Error('A refresh has not rotated')
      },
      measure: loopAsync(
        async (number: number) => {
          tokens[number] = (await sojourn.refresh(tokens[number]!)).sessionToken
        },
        inTurn(numbers),
        timing,
      ),
    }
    return {
      row: 'refresh',
      variant,
      title: `Refresh a session on ${variant}`,
      unit: 'µs',
      contenders: [
        ours,
        {
          name: 'better-auth, refreshing',
          kind: 'peer',
          async prove() {
            if ((await theirs.subject(cookies[0])) !== 'person-0') throw new Error('better-auth knows nobody')
            if ((await theirs.subject(cookies[0]!.replace(/.(?=.{60})/, 'X'))) !== undefined)
              throw new Error('better-auth takes any cookie')
          },
          measure: loopAsync((number: number) => theirs.subject(cookies[number]), inTurn(numbers), timing),
        },
        {
          name: raw.name,
          kind: 'raw',
          async prove() {
            if ((await raw.read('owner 0', 'row 0')) !== state) throw new Error(`${raw.name} has lost a row`)
          },
          measure: loopAsync(
            async (number: number) => {
              await raw.read(`owner ${number}`, `row ${number}`)
              await raw.write(`owner ${number}`, `row ${number}`, state)
            },
            inTurn(numbers),
            timing,
          ),
        },
      ],
      goals: [
        { times: 0.7, than: raw.name },
        { times: 8, than: 'better-auth, refreshing' },
      ],
      note: 'better-auth is told to refresh at each sight (`updateAge: 0`): a session that it reads and writes, and no token that rotates.',
      async close() {
        sojourn.close()
        await place.close()
      },
    }
  },
}
