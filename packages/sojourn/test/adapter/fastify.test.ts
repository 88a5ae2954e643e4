import { fastify } from 'fastify'
import { PassThrough } from 'node:stream'
import { describe, it } from 'vitest'
import { signedIn, sojournErrors, sojournFastify } from '../../src/fastify.ts'
import { adapterSuite, type Application, type Served } from '../../src/testing/adapter-suite.ts'
import { serving } from './serving.ts'

adapterSuite('Fastify 5', serveFastify, { describe, it })

async function serveFastify({ sojourn, options, routes }: Application): Promise<Served> {
  const app = fastify()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, text, done) => done(null, Object.fromEntries(new URLSearchParams(String(text)))),
  )
  // Fastify puts the message of every error into its answer, so the application has a handler of its own.
  app.setErrorHandler(async (_error, _request, reply) => reply.code(500).send({ sorry: true }))
  await app.register(sojournFastify(sojourn, options))
  await app.register(async (scope) => {
    scope.setErrorHandler(sojournErrors())
    for (const { method, path: url, needs, handle } of routes) {
      scope.route({
        method,
        url,
        preHandler: needs ? [signedIn(needs)] : [],
        handler: async (request, reply) => {
          const stream = new PassThrough()
          const { status, json, location } = await handle({
            exchange: request.sojourn,
            body: request.body,
            setCookie: (line) => void reply.header('set-cookie', line),
            begin: () => void reply.type('application/json').send(stream),
          })
          if (stream.listenerCount('end') > 0) {
            stream.end(JSON.stringify(json))
            return reply
          }
          if (location !== undefined) return reply.redirect(location, status)
          return reply.code(status).send(json)
        },
      })
    }
  })
  await app.ready()
  return serving(app.server)
}
