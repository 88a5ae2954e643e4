// All operations that the table of routes serves.

import { live, ready } from '../ops/health.ts'
import { followEvents } from './events.ts'
import { showJwks } from './jwks.ts'
import { listKeys, rotateKeys, showStats, sweepStore } from './maintenance.ts'
import type { Operation } from './operation.ts'
import {
  changeSession,
  createSession,
  endSession,
  endSessionsOf,
  listSessions,
  showSession,
  stepUpSession,
} from './sessions.ts'

export const operations: readonly Operation[] = [
  createSession,
  listSessions,
  showSession,
  changeSession,
  stepUpSession,
  endSession,
  endSessionsOf,
  showStats,
  sweepStore,
  listKeys,
  rotateKeys,
  followEvents,
  showJwks,
  live,
  ready,
]
