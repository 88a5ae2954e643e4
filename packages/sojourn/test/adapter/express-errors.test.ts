// A server-rendered application could only show the JSON of a problem to a person whose form had gone stale.

import type { AddressInfo } from 'node:net'
import express, { type NextFunction, type Request, type Response } from 'express'
import { afterEach, expect, it } from 'vitest'
import { signedIn, sojournExpress, type ExpressOptions } from '../../src/express.ts'
import { createSojourn, SojournError } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { issuer, secret } from '../support/secrets.ts'

let close: () => Promise<void> = async () => {}
afterEach(() => close())

async function serve(options: ExpressOptions): Promise<string> {
  const sojourn = createSojourn({ issuer, secrets: [secret()], store: memoryStore() })
  const app = express()
  app.use(sojournExpress(sojourn, { ...options, visitors: 'token' }))
  app.get('/private', signedIn(), (_request, response) => void response.send('private'))
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const code = error instanceof SojournError ? error.code : 'unknown'
    response.status(418).type('html').send(`<h1>${code}</h1>`)
  })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  close = () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

it('hands refusals to the error handlers of the application where it asks for them', async () => {
  const url = await serve({ errors: 'next' })
  const guarded = await fetch(`${url}/private`)
  expect([guarded.status, await guarded.text()]).toEqual([418, '<h1>sign_in_required</h1>'])
  const forged = await fetch(`${url}/private`, { method: 'POST' })
  expect([forged.status, await forged.text()]).toEqual([418, '<h1>csrf_rejected</h1>'])
})

it('answers the ready-made routes itself even then', async () => {
  const url = await serve({ errors: 'next' })
  const answer = await fetch(`${url}/session`)
  expect(answer.status).toBe(401)
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
})

it('answers refusals with a problem document by default', async () => {
  const url = await serve({})
  for (const init of [{}, { method: 'POST' }]) {
    const answer = await fetch(`${url}/private`, init)
    expect(answer.status).toBe(init.method ? 403 : 401)
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  }
})
