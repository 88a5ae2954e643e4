// An app that has just signed in.

import type { TestServer } from './server.ts'

export interface SignedIn {
  readonly id: string
  readonly refreshToken: string
  readonly accessToken: string
}

/** Signs Ada in with the bearer profile, or as `more` says. */
export async function signInApp(server: TestServer, more: object = {}): Promise<SignedIn> {
  const json = { subject: 'ada', profile: 'bearer', ...more }
  const told = (await server.backend('POST', '/v1/sessions', { json })).json()
  const { session, refreshToken, accessToken } = told as {
    session: { id: string }
    refreshToken: string
    accessToken: string
  }
  return { id: session.id, refreshToken, accessToken }
}
