// What one operation of the API is, said once: how it is called, who may call it, what it takes, what it answers, and
// the work. The routes, the checks of all input, the OpenAPI document and the tests all stand on this.

import { SojournError, type Actor, type ErrorCode } from 'sojourn'
import type { z } from 'zod'

import type { Role } from '../apikeys/role.ts'
import { requireRole, type Request, type Services } from './context.ts'
import { readInput, readQuery } from './input.ts'

/**
 * Who may use an operation: whoever has an API key of this role, a client with a session, a browser by its cookies alone, or
 * anybody.
 */
export type Needs = Role | 'session' | 'cookies' | 'nothing'

/** What an operation says when it works. */
export interface Success {
  readonly means: string
  /** Of the body; absent where there is none. */
  readonly schema?: z.ZodType
  /** Default: `application/json`. */
  readonly mediaType?: string
  /** Headers that say something here, and what. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A request header without which an operation makes no sense. */
export interface NeededHeader {
  readonly means: string
  readonly example: string
}

/** An operation as the document describes it. */
export interface Description {
  /** `operationId`: a stable name for generated clients. */
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** With parameters in braces. */
  readonly path: string
  readonly group: string
  readonly summary: string
  /** More than fits the summary, in Markdown. */
  readonly details?: string
  readonly needs: Needs
  /** What each parameter in the path is. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Request headers that mean something here. */
  readonly headers?: Readonly<Record<string, string | NeededHeader>>
  readonly query?: z.ZodObject
  readonly body?: z.ZodObject
  /** Default: `application/json`. */
  readonly bodyTypes?: readonly string[]
  /** A body that is no JSON and no form, but one text. */
  readonly text?: { readonly mediaType: string; readonly means: string }
  readonly answers: Readonly<Record<number, Success>>
  /** How it says no: by a problem document, or as OAuth does. Default: `problem`. */
  readonly failures?: 'problem' | 'oauth'
  /** The refusals of its own, besides those that every operation has. */
  readonly refusals?: readonly ErrorCode[]
}

/** An operation that the table of routes can serve. */
export interface Operation extends Description {
  readonly serve: (services: Services, request: Request) => Promise<Response>
}

/** Who calls: for the audit trail, and for the events of what they end. */
interface CallerName {
  readonly name: string
  readonly actor: Actor
}

/** An operation of the backend API. */
export interface ApiOperation extends Operation {
  /** Does the work for somebody who was let in already; `caller` is what the audit trail is told. */
  readonly serveTo: (caller: CallerName, services: Services, request: Request) => Promise<Response>
}

/** What the work of an operation is given, after everything has been checked. */
export interface Call<Query, Body> {
  readonly services: Services
  readonly request: Request
  readonly query: Query
  readonly body: Body
  /** The name of the API key; empty where none is needed. */
  readonly caller: string
  /** The same, as events tell it. */
  readonly actor: Actor
  /** A parameter of the path. */
  readonly parameter: (name: string) => string
}

type InputOf<Schema extends z.ZodObject | undefined> = Schema extends z.ZodObject
  ? z.output<Schema>
  : undefined

type OperationOptions<Query extends z.ZodObject | undefined, Body extends z.ZodObject | undefined> = Omit<
  Description,
  'query' | 'body'
> & {
  readonly query?: Query
  readonly body?: Body
  readonly work: (call: Call<InputOf<Query>, InputOf<Body>>) => Response | Promise<Response>
}

/** Makes an operation: its key is asked for first, then its query is read, and then its body. */
export function operation<
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodObject | undefined = undefined,
>({ work, ...of }: OperationOptions<Query, Body>): ApiOperation {
  const { needs, query, body, bodyTypes, ...rest } = of
  const description: Description = {
    ...rest,
    needs,
    ...(query ? { query } : {}),
    ...(body ? { body } : {}),
    ...(bodyTypes ? { bodyTypes } : {}),
  }
  const serveTo: ApiOperation['serveTo'] = async ({ name: caller, actor }, services, request) =>
    work({
      services,
      request,
      caller,
      actor,
      query: readQuery(request, query) as InputOf<Query>,
      body: (body ? await readInput(request, body, bodyTypes) : undefined) as InputOf<Body>,
      parameter: (name) => request.req.param(name) ?? '',
    })
  return {
    ...description,
    serveTo,
    serve: async (services, request) => {
      const needsKey = needs === 'read' || needs === 'manage'
      const name = needsKey ? await requireRole(services, request, needs) : ''
      return serveTo({ name, actor: { kind: 'api_key', name } }, services, request)
    },
  }
}

/** There is no live session of an id in the path. */
export function noSuchSession(): SojournError {
  return new SojournError('not_found', { detail: 'There is no live session of that id.' })
}
