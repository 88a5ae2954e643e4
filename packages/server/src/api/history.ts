// `GET /v1/history`: what this server has seen lately, for charts.

import { z } from 'zod'

import { json } from './context.ts'
import { operation } from './operation.ts'
import * as shape from './schemas.ts'
import { shownAt } from './views.ts'
import { spans } from '../history/history.ts'

const count = z.int().min(0)

export const showHistory = operation({
  id: 'showHistory',
  method: 'GET',
  path: '/v1/history',
  group: 'Maintenance',
  summary: 'Show what has happened lately, for charts',
  details:
    'Of this server, all its processes together, since it started: an hour in steps of 15 seconds, or a day in steps of 5 minutes. It is kept in memory. Other servers on the same store have their own; `/metrics` is what adds them up.',
  needs: 'read',
  query: z.strictObject({ span: z.enum(['hour', 'day']).default('hour') }),
  answers: {
    200: {
      means: 'The stretches of time in which the server ran, the oldest first.',
      schema: z.object({
        stepSeconds: count,
        items: z.array(
          z.object({
            at: shape.instant.meta({ description: 'When the stretch begins.' }),
            signIns: count,
            refreshes: count,
            replays: count.meta({ description: 'Refreshes that were answered a second time.' }),
            thefts: count.meta({ description: 'Copied session tokens that were presented.' }),
            ended: count,
            refused: count.meta({ description: 'Tokens, origins, sign-ins and requests too many.' }),
            live: count
              .nullable()
              .meta({ description: 'Live sessions; above 5,000 with the few other entries.' }),
            backlog: count.nullable().meta({ description: 'Expired entries that are still there.' }),
            feedLagSeconds: z.number().min(0).nullable(),
          }),
        ),
      }),
    },
  },
  work: async ({ services: { history }, query: { span } }) => {
    const stretches = await history.read(span)
    return json(200, {
      stepSeconds: spans[span].step / 1000,
      items: stretches.map(({ at, feedLag, ...rest }) => ({
        at: shownAt(at),
        ...rest,
        feedLagSeconds: feedLag === null ? null : feedLag / 1000,
      })),
    })
  },
})
