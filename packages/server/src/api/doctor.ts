// `GET /v1/doctor`: what the doctor says of the settings with which this server runs.

import { z } from 'zod'

import { json } from './context.ts'
import { operation } from './operation.ts'

export const showDoctor = operation({
  id: 'showDoctor',
  method: 'GET',
  path: '/v1/doctor',
  group: 'Health',
  summary: 'Show the doctor’s table',
  details:
    'The do’s and don’ts of sessions, judged by the settings of this server. What only a running application shows is not seen here: `sojourn doctor --url` looks at one.',
  needs: 'read',
  answers: {
    200: {
      means: 'Every check, in the order of the table.',
      schema: z.object({
        environment: z.string(),
        items: z.array(
          z.object({
            id: z.string(),
            kind: z.enum(['do', "don't", 'also']),
            title: z.string(),
            verdict: z.enum(['pass', 'fail', 'not seen']),
            seen: z.string().meta({ description: 'What it stands on.' }),
            remedy: z.string().meta({ description: 'What to do where it fails.' }),
          }),
        ),
      }),
    },
  },
  work: async ({ services: { doctor, sojourn } }) =>
    json(200, { environment: sojourn.settings.environment, items: await doctor() }),
})
