// The application of the suite in Express: the same lines for 4 and 5.

import type { Express, NextFunction, Request, Response } from 'express'
import { signedIn, sojournErrors, sojournExpress } from '../../src/express.ts'
import type { Application, Served } from '../../src/testing/adapter-suite.ts'
import { listening } from './serving.ts'

export interface ExpressModule {
  (): Express
  json(): ReturnType<typeof import('express').json>
  urlencoded(options: { extended: boolean }): ReturnType<typeof import('express').urlencoded>
}

export function serveExpress(
  express: ExpressModule,
): (application: Omit<Application, 'configuration'>) => Promise<Served> {
  return ({ sojourn, options, routes }) => {
    const app = express()
    app.use(express.urlencoded({ extended: false }))
    app.use(sojournExpress(sojourn, options))
    app.use(express.json())
    for (const { method, path, needs, handle } of routes) {
      const verb = method.toLowerCase() as 'get' | 'post' | 'delete'
      app[verb](
        path,
        ...(needs ? [signedIn(needs)] : []),
        (request: Request, response: Response, next: NextFunction) => {
          const go = async (): Promise<void> => {
            const { status, json, location } = await handle({
              exchange: request.sojourn,
              body: request.body as unknown,
              setCookie: (line) => void response.append('Set-Cookie', line),
              begin: () => void response.writeHead(200, { 'content-type': 'application/json' }),
            })
            if (response.headersSent) response.end(JSON.stringify(json))
            else if (location !== undefined) response.redirect(status, location)
            else response.status(status).json(json)
          }
          go().catch(next)
        },
      )
    }
    app.use(sojournErrors())
    // Express shows the stack of an error outside of production, so the application has a handler of its own.
    app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
      response.status(500).json({ sorry: true })
    })
    return listening(app)
  }
}
