// The rows of the comparison, in the order in which they are shown.

import type { Row } from './work.ts'

export const rows: Readonly<Record<string, () => Promise<{ readonly row: Row }>>> = {
  verify: () => import('./works/verify.ts'),
  'verify-again': () => import('./works/verify-again.ts'),
  mint: () => import('./works/mint.ts'),
  'small-things': () => import('./works/small-things.ts'),
  request: () => import('./works/request.ts'),
  'busy-request': () => import('./works/busy-request.ts'),
  refresh: () => import('./works/refresh.ts'),
  'sign-in': () => import('./works/sign-in.ts'),
  subject: () => import('./works/subject.ts'),
  'cold-start': () => import('./works/cold-start.ts'),
  scale: () => import('./works/scale.ts'),
  bytes: () => import('./works/bytes.ts'),
  sweep: () => import('./works/sweep.ts'),
}

/** Those that a quick run asks: what needs no server, and no more than the clock of this process. */
export const quickRows: readonly string[] = ['verify', 'verify-again', 'mint', 'small-things']
