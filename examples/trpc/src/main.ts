// Sessions in tRPC, which stands on Hono here: start it with `npm start`, sign in as anna or ben.

import { serve } from '@hono/node-server'
import { initTRPC, TRPCError } from '@trpc/server'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { Hono } from 'hono'
import { createSojourn, type Facts } from 'sojourn'
import { sojournHono } from 'sojourn/hono'
import { memoryStore } from 'sojourn/memory'
import { signedIn, sojournErrors, trpcContext, type TrpcContext } from 'sojourn/trpc'
import { checkPassword, secret } from '../../people.ts'

const sojourn = createSojourn({ issuer: 'http://localhost:3000', secrets: [secret()], store: memoryStore() })

const t = initTRPC.context<TrpcContext<Facts, Facts>>().create()
const publicProcedure = t.procedure.use(sojournErrors())
const ownProcedure = publicProcedure.use(signedIn())
const adminProcedure = publicProcedure.use(signedIn({ role: 'admin' }))

const router = t.router({
  signIn: publicProcedure
    .input((credentials: unknown) => credentials)
    .mutation(async ({ ctx, input }) => {
      const person = checkPassword(input)
      if (!person) throw new TRPCError({ code: 'UNAUTHORIZED', message: 'That is nobody.' })
      await ctx.sojourn.signIn({ subject: person.id, claims: { role: person.role }, amr: ['pwd'] })
      return { welcome: person.name }
    }),
  me: ownProcedure.query(({ ctx }) => ctx.sojourn.session),
  admin: adminProcedure.query(() => ({ secret: 'the tea is in the tin' })),
  signOut: publicProcedure.mutation(({ ctx }) => ctx.sojourn.signOut()),
})

const app = new Hono()
app.use(sojournHono(sojourn))
app.all('/trpc/*', (c) =>
  fetchRequestHandler({
    endpoint: '/trpc',
    req: c.req.raw,
    router,
    createContext: () => trpcContext(c.var.sojourn),
  }),
)

serve({ fetch: app.fetch, port: Number(process.env['PORT'] ?? 3000), hostname: '127.0.0.1' }, ({ port }) => {
  console.log(`http://127.0.0.1:${port}`)
})
