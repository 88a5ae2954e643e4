// Sessions in Koa: start it with `npm start`, sign in as anna or ben.

import Koa, { type Context, type Middleware } from 'koa'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { createSojourn } from 'sojourn'
import { signedIn, sojournKoa } from 'sojourn/koa'
import { memoryStore } from 'sojourn/memory'
import { checkPassword, secret } from '../../people.ts'

const sojourn = createSojourn({ issuer: 'http://localhost:3000', secrets: [secret()], store: memoryStore() })

const app = new Koa()
app.use(sojournKoa(sojourn))

// Koa has no router of its own; this one does for four routes.
function route(method: string, path: string, ...handlers: Middleware[]): void {
  for (const handler of handlers)
    app.use((ctx, next) => (ctx.method === method && ctx.path === path ? handler(ctx, next) : next()))
}

route('POST', '/sign-in', async (ctx: Context) => {
  const person = checkPassword(await json(ctx.req))
  if (!person) return ctx.throw(401, 'That is not the name and password of anybody.')
  await ctx.sojourn.signIn({ subject: person.id, claims: { role: person.role }, amr: ['pwd'] })
  ctx.body = { welcome: person.name }
})

route('GET', '/me', signedIn(), (ctx) => {
  ctx.body = ctx.sojourn.session
})

route('GET', '/admin', signedIn({ role: 'admin' }), (ctx) => {
  ctx.body = { secret: 'the tea is in the tin' }
})

route('POST', '/sign-out', async (ctx) => {
  await ctx.sojourn.signOut()
  ctx.status = 204
})

const server = app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
