// tRPC 11: the context of a procedure, and a guard for procedures. Sojourn's chain runs before tRPC, in the adapter of
// whatever framework serves it; here its verdicts become tRPC's.

import { SojournError } from '../core/errors.ts'
import type { Exchange } from '../http/exchange.ts'
import { tellFailure } from '../http/failure.ts'
import { guard, type Needs } from '../http/guard.ts'

/** What procedures find in `ctx`. */
export interface TrpcContext<Claims, Data> {
  readonly sojourn: Exchange<Claims, Data>
}

/** The context for one request, from the exchange that the framework's adapter has set. */
export function trpcContext<Claims, Data>(exchange: Exchange<Claims, Data>): TrpcContext<Claims, Data> {
  return { sojourn: exchange }
}

const codes: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_SUPPORTED',
  409: 'CONFLICT',
  412: 'PRECONDITION_FAILED',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'UNPROCESSABLE_CONTENT',
  429: 'TOO_MANY_REQUESTS',
  503: 'SERVICE_UNAVAILABLE',
}

/** A SojournError as tRPC knows errors, by their name; its `cause` is the SojournError. */
export class SojournTrpcError extends Error {
  override readonly name = 'TRPCError'
  override readonly cause: SojournError
  readonly code: string

  constructor(cause: SojournError) {
    super(cause.code, { cause })
    this.cause = cause
    this.code = codes[cause.status] ?? 'INTERNAL_SERVER_ERROR'
  }
}

type Result = { readonly ok: true } | { readonly ok: false; readonly error: Error }

interface Call<Claims, Data, R> {
  readonly ctx: TrpcContext<Claims, Data>
  readonly next: () => Promise<R>
}

/** A middleware for procedures that are for those who are signed in, and as `needs` says. */
export function signedIn(needs: Needs = {}): <Claims, Data, R>(call: Call<Claims, Data, R>) => Promise<R> {
  const check = guard(needs)
  return async ({ ctx, next }) => {
    try {
      check(ctx.sojourn)
    } catch (error) {
      throw error instanceof SojournError ? new SojournTrpcError(error) : error
    }
    return next()
  }
}

/** A middleware for all procedures: what one of them throws as a SojournError gets the code of tRPC for it. */
export function sojournErrors(): <Claims, Data, R extends Result>(call: Call<Claims, Data, R>) => Promise<R> {
  return async ({ ctx, next }) => {
    const result = await next()
    const cause = result.ok ? undefined : result.error.cause
    if (!(cause instanceof SojournError)) return result
    tellFailure(ctx.sojourn.sojourn, cause)
    throw new SojournTrpcError(cause)
  }
}
