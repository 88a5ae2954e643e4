// Somebody who has signed in to the dashboard with a client of HTTP, for what needs no browser.

import type { Ask, TestClient, Told } from 'sojourn/testing'

import { apiKey, type TestServer } from '../support/server.ts'

export interface Operator {
  readonly client: TestClient
  /** Asks with the CSRF token of the session. */
  ask(method: string, path: string, ask?: Ask): Promise<Told>
}

export const cookieName = '__Host-Http-dashboard'
export const accessName = '__Host-Http-dashboard-access'

/** A CSRF token for a client, as it is. */
export async function csrfToken(client: TestClient): Promise<string> {
  return String((await client.ask('GET', '/dashboard/session/csrf')).json()['csrfToken'])
}

/** Shows an API key. */
export async function showKey(client: TestClient, key: string, path = '/dashboard/sign-in'): Promise<Told> {
  const headers = { 'x-csrf-token': await csrfToken(client) }
  return client.ask('POST', path, { json: { apiKey: key }, headers })
}

/** Signs in; throws if that does not work. */
export async function signInOperator(server: TestServer, key = apiKey): Promise<Operator> {
  const client = server.client()
  const told = await showKey(client, key)
  if (told.status !== 204) throw new Error(told.text)
  const token = await csrfToken(client)
  return {
    client,
    ask: (method, path, ask = {}) =>
      client.ask(method, path, { ...ask, headers: { 'x-csrf-token': token, ...ask.headers } }),
  }
}

/** Puts the sign-ins of all operators that many minutes into the past, as if time had passed since. */
export async function letTimePass({ store: { store } }: TestServer, minutes: number): Promise<void> {
  const { items } = await (store as unknown as Scannable).scan(undefined, 1000)
  for (const entry of items) {
    const outer = JSON.parse(entry.state) as { readonly t?: string; readonly s?: string }
    if (outer.t !== 'dashboard' || outer.s === undefined) continue
    const state = JSON.parse(outer.s) as { readonly c: number; readonly a?: number; readonly l?: number }
    // The person goes on being seen: only the proof gets older.
    const past = minutes * 60_000
    const older = { ...state, c: state.c - past, l: (state.l ?? 0) + past }
    await store.replace({
      ...entry,
      version: entry.version + 1,
      state: JSON.stringify({ ...outer, s: JSON.stringify(older) }),
    })
  }
}

interface Scannable {
  scan(
    cursor: string | undefined,
    limit: number,
  ): Promise<{
    readonly items: readonly {
      id: string
      owner: string
      version: number
      expiresAt: number
      state: string
    }[]
  }>
}
