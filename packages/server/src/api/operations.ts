// All operations that the table of routes serves.

import { documentation } from '../document/operations.ts'
import { forwardAuthDescription } from '../forward-auth/description.ts'
import { introspect, refreshGrant, revoke } from '../oauth/endpoints.ts'
import { receiveEvent, receiveLogout } from '../logout/operations.ts'
import { showStatusList } from '../logout/status-list.ts'
import { metadata } from '../oauth/metadata.ts'
import { showMetrics } from '../metrics/operation.ts'
import { live, ready } from '../ops/health.ts'
import { listApiKeys, revokeApiKey } from './api-keys.ts'
import { explainSession, readAudit, verifyAudit } from './audit.ts'
import { clientRoutes } from './client-routes.ts'
import { showDoctor } from './doctor.ts'
import { followEvents } from './events.ts'
import { showHistory } from './history.ts'
import { showJwks } from './jwks.ts'
import { listKeys, rotateKeys, showStats, sweepStore } from './maintenance.ts'
import type { Description, Operation } from './operation.ts'
import { searchSessions, searchSubjects } from './search.ts'
import {
  changeSession,
  createSession,
  endSession,
  endSessionsOf,
  listSessions,
  showSession,
  stepUpSession,
} from './sessions.ts'
import { eraseSubjectData, exportSubjectData } from './subjects.ts'

export const operations: readonly Operation[] = [
  createSession,
  listSessions,
  showSession,
  changeSession,
  stepUpSession,
  endSession,
  endSessionsOf,
  exportSubjectData,
  eraseSubjectData,
  explainSession,
  searchSessions,
  searchSubjects,
  showStats,
  showHistory,
  sweepStore,
  listKeys,
  rotateKeys,
  listApiKeys,
  revokeApiKey,
  readAudit,
  verifyAudit,
  followEvents,
  showJwks,
  metadata,
  refreshGrant,
  introspect,
  revoke,
  receiveLogout,
  receiveEvent,
  showStatusList,
  showDoctor,
  showMetrics,
  live,
  ready,
  ...documentation(() => describedOperations),
]

/** Those, the routes of clients that the library serves, and what proxies ask. */
const describedOperations: readonly Description[] = [...clientRoutes, forwardAuthDescription, ...operations]
