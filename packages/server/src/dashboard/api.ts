// The operations that the page may use, under its own session instead of an API key: the very ones of the table, so nothing
// is decided twice. What hands out credentials is not among them: no script of a page ever holds one.

import { SojournError } from 'sojourn'
import { guard } from 'sojourn/fetch'

import { listApiKeys, revokeApiKey } from '../api/api-keys.ts'
import { explainSession, readAudit, verifyAudit } from '../api/audit.ts'
import type { Request } from '../api/context.ts'
import { showDoctor } from '../api/doctor.ts'
import { followEvents } from '../api/events.ts'
import { showHistory } from '../api/history.ts'
import { listKeys, rotateKeys, showStats, sweepStore } from '../api/maintenance.ts'
import type { ApiOperation } from '../api/operation.ts'
import { searchSessions, searchSubjects } from '../api/search.ts'
import { endSession, endSessionsOf, listSessions, showSession } from '../api/sessions.ts'
import { eraseSubjectData, exportSubjectData } from '../api/subjects.ts'
import { freshWithin, holderBehind, prefix, type Caller, type Dashboard } from './engine.ts'
import { whileGood } from './while-good.ts'

const operations: readonly ApiOperation[] = [
  showStats,
  showHistory,
  searchSessions,
  searchSubjects,
  listSessions,
  showSession,
  explainSession,
  endSession,
  endSessionsOf,
  exportSubjectData,
  eraseSubjectData,
  listKeys,
  rotateKeys,
  listApiKeys,
  revokeApiKey,
  sweepStore,
  readAudit,
  verifyAudit,
  followEvents,
  showDoctor,
]

type Route = (dashboard: Dashboard, caller: Caller, request: Request) => Promise<Response>

/** The routes of the page's API: `/v1/stats` is `/dashboard/api/stats`. */
export function apiRoutes(): Readonly<Record<string, Readonly<Record<string, Route>>>> {
  const routes: Record<string, Record<string, Route>> = {}
  for (const operation of operations) {
    const path = `${prefix}/api${operation.path.replace('/v1', '')}`.replaceAll(/\{(\w+)\}/g, ':$1')
    ;(routes[path] ??= {})[operation.method] = routeOf(operation)
  }
  return routes
}

const requireFresh = guard({ freshWithin })

function routeOf(operation: ApiOperation): Route {
  const isManaging = operation.needs === 'manage'
  const isStream = operation.answers[200]?.mediaType === 'text/event-stream'
  return async (dashboard, caller, request) => {
    const holder = await holderBehind(dashboard, caller)
    if (isManaging && holder.role !== 'manage')
      throw new SojournError('forbidden', {
        detail: 'You signed in with an API key that may only look. This needs one with the role manage.',
      })
    if (isManaging) requireFresh(caller)
    const { name } = holder
    const session = caller.session?.sessionId
    const actor = { kind: 'operator', name, ...(session === undefined ? {} : { session }) } as const
    const who = { name: `${name} (dashboard)`, actor }
    const response = await operation.serveTo(who, dashboard.services, request)
    return isStream ? whileGood(response, dashboard, caller) : response
  }
}
