// Whether the process lives, and whether it is ready for requests. Neither tells a stranger anything else.

import type { Services } from '../api/context.ts'
import { json } from '../api/context.ts'

/** `GET /livez`. */
export function live(): Response {
  return json(200, { status: 'ok' })
}

const patience = 1000

/** `GET /readyz`: 503 while the store does not answer, or while the server is stopping. */
export async function ready({ sojourn }: Services, isStopping: boolean): Promise<Response> {
  if (isStopping) return json(503, { status: 'stopping' })
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
  return isReady ? json(200, { status: 'ok' }) : json(503, { status: 'store_unavailable' })
}
