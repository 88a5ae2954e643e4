// A sign-in where each person may have five sessions: a secret, two tokens, the session added, those of its person listed
// and counted. One after the other.

import { loopAsync } from '../loop.ts'
import { openPlace, places, sojournOn } from '../stores/places.ts'
import { rawState } from '../stores/raw.ts'
import type { Row, Work } from '../work.ts'

const claims = { role: 'member', plan: 'pro' }

export const row: Row = {
  variants: places,
  span: 150,
  warmUp: 800,

  async work(variant): Promise<Work> {
    const place = await openPlace(variant)
    const sojourn = sojournOn(place.opened, { policy: { limit: { count: 5 } } })
    const { raw, meter } = place
    const state = rawState()
    return {
      row: 'sign-in',
      variant,
      title: `Sign in on ${variant}, at most five sessions a person`,
      unit: 'µs',
      contenders: [
        {
          name: 'Sojourn',
          kind: 'ours',
          async prove() {
            for (let count = 0; count < 7; count++) await sojourn.create({ subject: 'somebody', claims })
            if ((await sojourn.list('somebody')).length !== 5) throw new Error('The limit does not hold')
          },
          measure: loopAsync((subject: string) => sojourn.create({ subject, claims }), namesOf('person'), {
            meter,
          }),
        },
        {
          name: raw.name,
          kind: 'raw',
          async prove() {
            await raw.insert('somebody', 'a row', state)
            if ((await raw.list('somebody'))[0] !== state) throw new Error(`${raw.name} has lost a row`)
          },
          measure: loopAsync(
            async (owner: string) => {
              await raw.insert(owner, `row of ${owner}`, state)
              await raw.list(owner)
            },
            namesOf('owner'),
            { meter },
          ),
        },
      ],
      goals: [{ times: 0.6, than: raw.name }],
      async close() {
        sojourn.close()
        await place.close()
      },
    }
  },
}

/** Names that were not there before. */
function namesOf(what: string): (count: number) => readonly string[] {
  let next = 0
  return (count) => Array.from({ length: count }, () => `${what} ${next++}`)
}
