// Whether the process lives, and whether it is ready for requests. Neither tells a stranger anything else.

import { z } from 'zod'

import { json, type Services } from '../api/context.ts'
import { operation } from '../api/operation.ts'

const group = 'Health'

export const live = operation({
  id: 'live',
  method: 'GET',
  path: '/livez',
  group,
  summary: 'Whether the process lives',
  needs: 'nothing',
  answers: { 200: { means: 'It does.', schema: z.object({ status: z.literal('ok') }) } },
  work: () => json(200, { status: 'ok' }),
})

const patience = 1000

export const ready = operation({
  id: 'ready',
  method: 'GET',
  path: '/readyz',
  group,
  summary: 'Whether requests may come here',
  details: 'Not while the store does not answer or keeps revocations back, and not while the server stops.',
  needs: 'nothing',
  answers: {
    200: { means: 'They may.', schema: z.object({ status: z.literal('ok') }) },
    503: {
      means: 'They may not.',
      schema: z.object({ status: z.enum(['stopping', 'store_unavailable', 'feed_stale']) }),
    },
  },
  work: async ({ services }) => {
    if (services.life.isStopping) return json(503, { status: 'stopping' })
    if (!(await storeAnswers(services))) return json(503, { status: 'store_unavailable' })
    const { sojourn } = services
    if (sojourn.feedLag() > sojourn.settings.feedPatience) return json(503, { status: 'feed_stale' })
    return json(200, { status: 'ok' })
  },
})

async function storeAnswers({ sojourn }: Services): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patience)
  })
  const answers = sojourn.find('readiness-check-no-such-session').then(
    () => true,
    () => false,
  )
  const isReady = await Promise.race([answers, tooLate])
  clearTimeout(timer)
  return isReady
}
