// What the server counts. Requests have the names of OpenTelemetry's semantic conventions, everything of ours begins with
// `sojourn_`. Nothing here names a person or a session.

import type { Listener } from 'sojourn'

import { counter, gauge, histogram, type Family } from './registry.ts'

export interface RequestFacts {
  readonly method: string
  /** The pattern of the route; absent where none was found. */
  readonly route: string | undefined
  readonly status: number
  readonly seconds: number
}

export interface Metrics {
  /** For `listeners` of the Sojourn. */
  readonly listener: Listener
  /** A request has begun; call the result when it is answered. */
  begin(): (facts: RequestFacts) => void
  /** What this process has counted until now. */
  families(): readonly Family[]
}

// Those that the conventions advise.
const bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const known: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

export function newMetrics(): Metrics {
  const requests = histogram('http_server_request_duration_seconds', 'How long requests took.', bounds)
  const events = counter('sojourn_events_total', 'What happened, by the type of the event.')
  const ended = counter('sojourn_sessions_ended_total', 'Sessions that ended, by the reason.')
  const swept = counter('sojourn_swept_total', 'Expired entries that were removed.')
  let active = 0
  return {
    listener(event) {
      events.add({ type: event.type, level: event.level })
      if (event.type === 'session.ended') ended.add({ reason: event.reason })
      if (event.type === 'sweep.finished') swept.add({}, event.removed)
    },
    begin() {
      active++
      return ({ method, route, status, seconds }) => {
        active--
        const labels = {
          http_request_method: known.has(method) ? method : '_OTHER',
          http_response_status_code: String(status),
          ...(route === undefined ? {} : { http_route: route }),
        }
        requests.observe(labels, seconds)
      }
    },
    families: () => [
      requests.family(),
      gauge('http_server_active_requests', 'Requests under way.', active),
      events.family(),
      ended.family(),
      swept.family(),
      ...processFamilies(),
    ],
  }
}

function processFamilies(): readonly Family[] {
  const { rss } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const seconds = counter('process_cpu_seconds_total', 'Time of the processor.')
  seconds.add({}, (user + system) / 1e6)
  return [
    seconds.family(),
    gauge('process_resident_memory_bytes', 'Memory in use.', rss),
    gauge('sojourn_processes', 'Processes that serve.', 1),
  ]
}
