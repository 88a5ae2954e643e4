// Signing in to the dashboard: an API key in the body of a request, never in a URL, checked as the API checks it. Showing it
// again makes a session fresh for what cannot be undone.

import { SojournError } from 'sojourn'
import { z } from 'zod'

import type { Holder } from '../apikeys/api-keys.ts'
import { empty, json, type Request } from '../api/context.ts'
import { readInput } from '../api/input.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { holderBehind, type Caller, type Dashboard } from './engine.ts'

const body = z.strictObject({ apiKey: z.string().min(1).max(256) })
// A shared secret, as RFC 8176 has it.
const amr = ['pwd']
const longestSubject = 255

/** `POST /dashboard/sign-in`: a new session for whoever has an API key. */
export async function signIn(dashboard: Dashboard, caller: Caller, request: Request): Promise<Response> {
  const holder = await holderShown(dashboard, request)
  await caller.signIn({
    subject: holder.name.slice(0, longestSubject),
    tenant: 'dashboard',
    claims: { key: holder.id },
    amr,
  })
  return empty()
}

/** `POST /dashboard/confirm`: the same key once more. */
export async function confirm(dashboard: Dashboard, caller: Caller, request: Request): Promise<Response> {
  const behind = await holderBehind(dashboard, caller)
  const shown = await holderShown(dashboard, request)
  if (shown.id !== behind.id)
    throw new SojournError('forbidden', {
      detail: 'That is another key than the one with which you signed in. Sign out to change it.',
    })
  await caller.stepUp({ amr })
  return empty()
}

/** `GET /dashboard/me`: whom the page is for. */
export async function showCaller(dashboard: Dashboard, caller: Caller): Promise<Response> {
  const { id: key, name, role } = await holderBehind(dashboard, caller)
  const { issuer, environment } = dashboard.services.sojourn.settings
  return json(200, {
    key,
    name,
    role,
    issuer,
    environment,
    version: packageJson.version,
    hasAudit: dashboard.services.audit !== undefined,
  })
}

async function holderShown({ services }: Dashboard, request: Request): Promise<Holder> {
  const { apiKey } = await readInput(request, body)
  const holder = await services.apiKeys.holderOf(apiKey)
  if (holder) return holder
  // Counted by address, as every refused credential.
  request.set('hasBadCredentials', true)
  throw new SojournError('api_key_required', { detail: 'This API key is not known, or not good any more.' })
}
