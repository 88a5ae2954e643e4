// `GET /metrics`: with an API key on the public listener, for anybody on the management listener.

import { z } from 'zod'

import packageJson from '../../package.json' with { type: 'json' }
import type { Services } from '../api/context.ts'
import { operation } from '../api/operation.ts'
import { exposition, gauge, merged, type Family } from './registry.ts'

const mediaType = 'text/plain'

export const showMetrics = operation({
  id: 'metrics',
  method: 'GET',
  path: '/metrics',
  group: 'Maintenance',
  summary: 'Counts for Prometheus',
  details: 'Of all processes of this server. On the management listener no key is needed.',
  needs: 'read',
  answers: { 200: { means: 'Text format 0.0.4.', schema: z.string(), mediaType } },
  work: ({ services }) => metricsResponse(services),
})

export async function metricsResponse(services: Services): Promise<Response> {
  const processes = await services.siblings.families(services.metrics.families())
  return new Response(exposition([...merged(processes), ...(await sharedFamilies(services))]), {
    headers: { 'content-type': `${mediaType}; version=0.0.4; charset=utf-8`, 'cache-control': 'no-store' },
  })
}

// What is the same seen from every process is told once.
async function sharedFamilies({ sojourn, life }: Services): Promise<readonly Family[]> {
  // A scrape is worth something also while the store is down.
  const [stats, backlog] = await Promise.all([
    sojourn.stats().catch(() => undefined),
    sojourn.backlog().catch(() => undefined),
  ])
  const { lastSweep } = life
  return [
    gauge('sojourn_build_info', 'The version.', 1, { version: packageJson.version }),
    gauge('sojourn_store_up', 'Whether the store answers, as far as it can be asked.', stats ? 1 : 0),
    gauge('sojourn_feed_lag_seconds', 'How far behind the feed of revocations is.', sojourn.feedLag() / 1000),
    ...(lastSweep
      ? [
          gauge(
            'sojourn_last_sweep_timestamp_seconds',
            'When the last sweep of this process began.',
            lastSweep.at / 1000,
          ),
        ]
      : []),
    ...(backlog === undefined
      ? []
      : [
          gauge(
            'sojourn_sweep_backlog_entries',
            'Expired entries that wait to be removed, counted up to 10000.',
            backlog,
          ),
        ]),
    ...(stats
      ? [
          {
            name: 'sojourn_entries',
            help: 'Entries in the store.',
            type: 'gauge' as const,
            samples: [
              { name: 'sojourn_entries', labels: { state: 'live' }, value: stats.live },
              { name: 'sojourn_entries', labels: { state: 'expired' }, value: stats.expired },
            ],
          },
          gauge('sojourn_store_bytes', 'What the entries take.', stats.bytes),
        ]
      : []),
  ]
}
