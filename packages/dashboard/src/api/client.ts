// How the page asks its server. The session is one of Sojourn's own, so the client of the library carries it: the CSRF
// token, one refresh for all, tabs in step, and the warning before the idle time is up.

import { createClient } from 'sojourn/client'

export const base = '/dashboard'

export const client = createClient({ prefix: `${base}/session` })

/** A refusal of the server, in its own words. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly code: string
  readonly title: string

  constructor(status: number, { code, title, detail }: Readonly<Record<string, unknown>>) {
    super(typeof detail === 'string' ? detail : 'The server gave no reason.')
    this.status = status
    this.code = typeof code === 'string' ? code : 'unknown'
    this.title = typeof title === 'string' ? title : `The server answered ${status}`
  }
}

type Query = Readonly<Record<string, string | number | undefined>>

export interface Ask {
  readonly query?: Query
  /** Nobody has caused it, so it keeps nobody signed in. */
  readonly background?: boolean
  readonly signal?: AbortSignal
}

/** What a GET of the page's API answers. Rejects with a Refusal, or with a TypeError if there is no server. */
export async function get<T>(path: string, { query = {}, background = false, signal }: Ask = {}): Promise<T> {
  const response = await client.fetch(`${base}${path}${queryText(query)}`, {
    background,
    ...(signal ? { signal } : {}),
  })
  return (await bodyOf(response)) as T
}

/** The same as a file: what the server has sent, to the letter. Rejects with a TypeError if it is not whole. */
export async function getFile(path: string): Promise<Blob> {
  const response = await client.fetch(`${base}${path}`)
  if (!response.ok) await bodyOf(response)
  return response.blob()
}

/** What an unsafe request of the page's API answers; undefined where there is no body. */
export async function send<T = undefined>(
  method: 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<T> {
  const response = await client.fetch(`${base}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  return (await bodyOf(response)) as T
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text()
  const body = jsonIn(text)
  if (response.ok) return body
  throw new Refusal(response.status, { ...(body as object | undefined) })
}

// A proxy in between may answer with a page of its own.
function jsonIn(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function queryText(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  return text === '' ? '' : `?${text}`
}
