// NestJS 12 on Express: guards and parameters as decorators, and the filter that answers refusals. The chain itself is the
// middleware of `sojourn/express`. Nest's own functions are handed in, so that there is one Nest, the application's.

import type { IncomingMessage, ServerResponse } from 'node:http'

import { SojournError } from '../core/errors.ts'
import type { Facts } from '../core/schema.ts'
import type { Exchange } from '../http/exchange.ts'
import { tellFailure } from '../http/failure.ts'
import { answerFor, guard, type Needs } from '../http/guard.ts'
import { sendAnswer } from './shared-node.ts'

type Exchanged = IncomingMessage & { readonly sojourn?: Exchange<Facts, Facts> }

/** What is used of Nest's `ExecutionContext` and `ArgumentsHost`. */
interface Host {
  switchToHttp(): { getRequest(): unknown; getResponse(): unknown }
}

type Parameter = () => ParameterDecorator

/** What is used of `@nestjs/common`: hand in the whole module. */
export interface NestCommon {
  UseGuards(...guards: { canActivate(host: Host): boolean }[]): MethodDecorator & ClassDecorator
  createParamDecorator(factory: (data: unknown, host: Host) => unknown): Parameter
  Catch(...errors: (typeof SojournError)[]): ClassDecorator
}

export interface NestSession {
  /** A route, or a controller, for those who are signed in, and as `needs` says. */
  readonly SignedIn: (needs?: Needs) => MethodDecorator & ClassDecorator
  /** The caller's session as its access token tells it; undefined for a visitor. */
  readonly CurrentSession: Parameter
  /** The session of the request, and what one does with it: `signIn`, `signOut`, … */
  readonly CurrentExchange: Parameter
  /** For `useGlobalFilters(new SojournFilter())`: answers what Sojourn throws, and nothing else. */
  readonly SojournFilter: new () => { catch(error: SojournError, host: Host): void }
}

const requestOf = (host: Host): Exchanged => host.switchToHttp().getRequest() as Exchanged

/** The decorators and the filter, made with the application's own Nest. */
export function sojournNest(nest: NestCommon): NestSession {
  class SojournFilter {
    catch(error: SojournError, host: Host): void {
      const { sojourn } = requestOf(host)
      const response = host.switchToHttp().getResponse() as ServerResponse
      if (sojourn) tellFailure(sojourn.sojourn, error)
      if (response.headersSent) response.destroy()
      else sendAnswer(response, answerFor(error, sojourn))
    }
  }
  nest.Catch(SojournError)(SojournFilter)
  return {
    SignedIn(needs) {
      const check = guard(needs)
      const canActivate = (host: Host): boolean => {
        check(requestOf(host).sojourn)
        return true
      }
      return nest.UseGuards({ canActivate })
    },
    CurrentSession: nest.createParamDecorator((_data, host) => requestOf(host).sojourn?.session),
    CurrentExchange: nest.createParamDecorator((_data, host) => requestOf(host).sojourn),
    SojournFilter,
  }
}
