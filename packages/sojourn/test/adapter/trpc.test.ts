import { initTRPC, type TRPCError } from '@trpc/server'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { describe, expect, it } from 'vitest'
import type { Facts } from '../../src/core/schema.ts'
import { sojournFetch } from '../../src/fetch.ts'
import { SojournError } from '../../src/index.ts'
import {
  adapterSuite,
  type Application,
  type Route,
  type RouteAnswer,
  type RouteCall,
  type Served,
} from '../../src/testing/adapter-suite.ts'
import { signedIn, sojournErrors, trpcContext, type TrpcContext } from '../../src/trpc.ts'
import { testSojourn } from '../http/support/sojourn.ts'
import { serveFetch } from './bridge.ts'
import { respond, type RouteExchange } from './fetch-routes.ts'

type Context = TrpcContext<Facts, Facts> & Pick<RouteCall, 'setCookie' | 'begin'>
const t = initTRPC.context<Context>().create()

adapterSuite('tRPC 11', serveTrpc, { describe, it })

// Every route of the suite is a procedure, called by tRPC's own handler. What tRPC wraps around results and errors is
// taken off again, so that the suite sees what the procedure and its guard have said.
function serveTrpc({ sojourn, options, routes }: Application): Promise<Served> {
  const router = t.router(Object.fromEntries(routes.map((route) => [nameOf(route), procedureOf(route)])))
  const fetch = sojournFetch(
    sojourn,
    async (request, exchange) => {
      const { pathname } = new URL(request.url)
      const route = routes.find((one) => one.method === request.method && one.path === pathname)
      if (!route) return new Response('nothing here', { status: 404 })
      const handle = (call: RouteCall): Promise<RouteAnswer> => ask(router, nameOf(route), call)
      return respond({ handle }, request, exchange)
    },
    options,
  )
  return serveFetch((request, peer) => fetch(request, { peer }))
}

function nameOf({ method, path }: Route): string {
  return `${method}${path.replace('/', '_')}`
}

function procedureOf({ method, needs, handle }: Route) {
  const plain = t.procedure.use(sojournErrors())
  const procedure = (needs ? plain.use(signedIn(needs)) : plain).input((body: unknown) => body)
  const run = ({ ctx, input }: { ctx: Context; input: unknown }): Promise<RouteAnswer> =>
    handle({ ...ctx, exchange: ctx.sojourn, body: input })
  return method === 'GET' ? procedure.query(run) : procedure.mutation(run)
}

async function ask(
  router: Parameters<typeof fetchRequestHandler>[0]['router'],
  name: string,
  { exchange, body, setCookie, begin }: RouteCall,
): Promise<RouteAnswer> {
  const isQuery = name.startsWith('GET')
  let failure: TRPCError | undefined
  const response = await fetchRequestHandler({
    endpoint: '/trpc',
    req: new Request(`https://app.example/trpc/${name}`, {
      method: isQuery ? 'GET' : 'POST',
      ...(isQuery
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body ?? {}) }),
    }),
    router,
    createContext: () => ({ ...trpcContext(exchange), setCookie, begin }),
    onError: ({ error }) => {
      failure = error
    },
  })
  if (failure) throw failure.cause ?? failure
  const { result } = (await response.json()) as { result: { data: RouteAnswer } }
  return result.data
}

describe('what tRPC itself answers', () => {
  const router = t.router({
    me: t.procedure.use(signedIn({ role: 'admin' })).query(({ ctx }) => ctx.sojourn.session?.subject),
    full: t.procedure.use(sojournErrors()).query(() => {
      throw new SojournError('session_limit')
    }),
  })

  async function told(path: string, signIn?: { subject: string; claims?: Facts }): Promise<unknown[]> {
    const { sojourn } = testSojourn()
    const fetch = sojournFetch(sojourn, (req, exchange: RouteExchange) =>
      fetchRequestHandler({
        endpoint: '/trpc',
        req,
        router,
        createContext: () => ({
          ...trpcContext(exchange),
          setCookie: () => undefined,
          begin: () => undefined,
        }),
      }),
    )
    const headers: Record<string, string> = {}
    if (signIn) {
      const { accessToken } = await sojourn.create({ ...signIn, profile: 'bearer' })
      headers['authorization'] = `Bearer ${accessToken}`
    }
    const response = await fetch(new Request(`https://app.example/trpc/${path}`, { headers }))
    const { error, result } = (await response.json()) as {
      error?: { message: string; data: { code: string } }
      result?: { data: unknown }
    }
    return [response.status, error?.data.code ?? result?.data, error?.message]
  }

  it('is the code of tRPC that means the same, with the code of Sojourn as its message', async () => {
    expect(await told('me')).toEqual([401, 'UNAUTHORIZED', 'sign_in_required'])
    expect(await told('me', { subject: 'alice' })).toEqual([403, 'FORBIDDEN', 'forbidden'])
    expect(await told('me', { subject: 'alice', claims: { role: 'admin' } })).toEqual([
      200,
      'alice',
      undefined,
    ])
    expect(await told('full')).toEqual([409, 'CONFLICT', 'session_limit'])
  })
})
