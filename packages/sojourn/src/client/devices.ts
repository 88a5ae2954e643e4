// The devices on which somebody is signed in, as the server lists them (`GET /session/devices`), and ending one. What
// devices call themselves is text that somebody has chosen: it is shown, and nothing is decided by it.

import type { Client } from './client.ts'
import { refusalOf } from './credentials.ts'
import { isRecord, problemOf, type Problem } from './problem.ts'

/** A live session of the person who is signed in. Times are RFC 3339. */
export interface SessionDevice {
  readonly id: string
  /** Whether it is this one. */
  readonly current: boolean
  readonly createdAt: string
  readonly lastSeenAt: string
  readonly device: {
    readonly label: string | null
    readonly userAgent: string | null
    readonly ip: string | null
  }
}

/** What became of ending a session. */
export type DeviceOutcome =
  | { readonly kind: 'done' }
  /** The server wants a fresh sign-in first; nothing has ended. */
  | { readonly kind: 'proof-required'; readonly problem: Problem }
  /** Nothing is known to have ended. */
  | { readonly kind: 'failed'; readonly error: unknown }

/** This device first, then those that were seen last, as the server has them. Rejects with a `ClientError`, or as `fetch` does. */
export async function listDevices(client: Client): Promise<readonly SessionDevice[]> {
  const response = await client.fetch(`${client.base}/devices`)
  if (!response.ok) throw refusalOf(response.status, await problemOf(response))
  const body: unknown = await response.json()
  const items: unknown = isRecord(body) ? body['items'] : undefined
  if (!Array.isArray(items) || !items.every(isDevice)) throw refusalOf(response.status, undefined)
  return items.toSorted((a, b) => Number(b.current) - Number(a.current))
}

/** Ends another session of the same person. One that is gone already counts as ended. Never rejects. */
export async function endDevice(client: Client, id: string): Promise<DeviceOutcome> {
  try {
    const response = await client.fetch(`${client.base}/devices/${encodeURIComponent(id)}`, {
      method: 'DELETE',
    })
    if (response.ok) return { kind: 'done' }
    const problem = await problemOf(response)
    if (problem?.code === 'not_found') return { kind: 'done' }
    if (problem?.code === 'fresh_sign_in_required') return { kind: 'proof-required', problem }
    return { kind: 'failed', error: refusalOf(response.status, problem) }
  } catch (error) {
    return { kind: 'failed', error }
  }
}

function isDevice(value: unknown): value is SessionDevice {
  if (!isRecord(value)) return false
  const { id, current, createdAt, lastSeenAt, device } = value
  if (![id, createdAt, lastSeenAt].every((text) => typeof text === 'string')) return false
  return typeof current === 'boolean' && isRecord(device)
}
