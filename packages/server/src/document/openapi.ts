// The OpenAPI 3.1 document, made from the table of operations and the schemas that check their input. Nothing in it is
// written twice, so it cannot say something else than the server does.

import { errors, type ErrorCode } from 'sojourn'
import type { z } from 'zod'

import type { Description, NeededHeader, Needs, Success } from '../api/operation.ts'
import { componentsIn, schemaOf, type JsonSchema } from './json-schema.ts'

export interface DocumentOptions {
  readonly issuer: string
  readonly version: string
  readonly operations: readonly Description[]
}

/** A document of OpenAPI 3.1.1. */
export function openApiDocument({ issuer, version, operations }: DocumentOptions): JsonSchema {
  const components: Record<string, JsonSchema> = { Problem: problemSchema, OAuthFailure: oauthSchema }
  const paths: Record<string, Record<string, JsonSchema>> = {}
  for (const operation of operations) {
    const path = (paths[operation.path] ??= {})
    path[operation.method.toLowerCase()] = componentsIn(operationObject(operation), components)
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Sojourn',
      version,
      summary: 'Sessions for every backend.',
      description:
        'Times are RFC 3339 in UTC, durations are seconds. Every refusal but those of OAuth is a problem document (RFC 9457) with a stable `code`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: issuer.replace(/\/$/, '') }],
    tags: [...new Set(operations.map(({ group }) => group))].map((name) => ({ name })),
    paths,
    components: { schemas: components, securitySchemes },
  }
}

const securitySchemes = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, for your own server: never in a browser.',
  },
  clientSecret: {
    type: 'http',
    scheme: 'basic',
    description: 'An API key as the secret of an OAuth client, whatever its client_id.',
  },
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token, of an app.',
  },
  cookies: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-session',
    description: 'The cookies of a browser. What changes something also needs `X-CSRF-Token`.',
  },
}

const problemSchema: JsonSchema = {
  type: 'object',
  description: 'RFC 9457. Some codes have further members.',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', description: 'A stable name of the code.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What exactly is wrong, and what to do.' },
    code: { type: 'string', enum: Object.keys(errors) },
  },
}

const oauthSchema: JsonSchema = {
  type: 'object',
  description: 'RFC 6749 §5.2.',
  required: ['error', 'error_description'],
  properties: { error: { type: 'string' }, error_description: { type: 'string' } },
  additionalProperties: false,
}

function operationObject(of: Description): JsonSchema {
  const { id, group, summary, details, needs, body, bodyTypes = ['application/json'] } = of
  const parameters = parametersOf(of)
  return {
    operationId: id,
    tags: [group],
    summary,
    ...(details === undefined ? {} : { description: details }),
    security: securityOf(needs, of.failures === 'oauth'),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body ? { requestBody: bodyObject(body, bodyTypes) } : {}),
    ...(of.text ? { requestBody: textObject(of.text) } : {}),
    responses: responsesOf(of),
  }
}

function securityOf(needs: Needs, isOAuth: boolean): readonly JsonSchema[] {
  switch (needs) {
    case 'read':
    case 'manage':
      return isOAuth ? [{ clientSecret: [] }, { apiKey: [] }] : [{ apiKey: [] }]
    case 'session':
      // Some of these also answer a visitor; each says so.
      return [{ cookies: [] }, { accessToken: [] }, {}]
    case 'cookies':
      return [{ cookies: [] }]
    case 'nothing':
      return []
  }
}

function parametersOf({ path, parameters = {}, headers = {}, query }: Description): readonly JsonSchema[] {
  const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const inQuery = Object.entries(query?.shape ?? {})
  return [
    ...named.map((name) => ({
      name,
      in: 'path',
      required: true,
      description: parameters[name] ?? '',
      schema: { type: 'string' },
    })),
    ...inQuery.map(([name, schema]) => {
      const { description, ...rest } = schemaOf(schema as z.ZodType, 'input')
      const isRequired = !(schema as z.ZodType).safeParse(undefined).success
      return { name, in: 'query', required: isRequired, description: description ?? '', schema: rest }
    }),
    ...Object.entries(headers).map(([name, header]) => ({ name, in: 'header', ...headerObject(header) })),
  ]
}

function headerObject(header: string | NeededHeader): JsonSchema {
  return typeof header === 'string'
    ? { required: false, description: header, schema: { type: 'string' } }
    : { required: true, description: header.means, schema: { type: 'string', examples: [header.example] } }
}

function bodyObject(body: z.ZodObject, types: readonly string[]): JsonSchema {
  const schema = schemaOf(body, 'input')
  return {
    required: !body.safeParse({}).success,
    content: Object.fromEntries(types.map((type) => [type, { schema }])),
  }
}

function textObject({ mediaType, means }: NonNullable<Description['text']>): JsonSchema {
  return { required: true, description: means, content: { [mediaType]: { schema: { type: 'string' } } } }
}

// ---------------------------------------------------------------------------------------------- answers

function responsesOf(of: Description): JsonSchema {
  const responses: Record<string, { description: string; headers?: JsonSchema; content?: JsonSchema }> = {}
  for (const [status, codes] of refusalsByStatus(of)) {
    const isOAuth = of.failures === 'oauth'
    responses[status] = {
      description: isOAuth
        ? 'Refused.'
        : codes.map((code) => `\`${code}\`: ${errors[code].title}.`).join('\n\n'),
      content: isOAuth ? oauthContent : problemContent(codes),
    }
  }
  for (const [status, success] of Object.entries(of.answers)) {
    const content = { ...responses[status]?.content, ...successContent(success) }
    responses[status] = {
      description: success.means,
      ...headersOf(success),
      ...(Object.keys(content).length === 0 ? {} : { content }),
    }
  }
  return Object.fromEntries(Object.entries(responses))
}

function headersOf({ headers }: Success): { headers?: JsonSchema } {
  if (!headers) return {}
  const described = Object.entries(headers).map(([name, description]): [string, JsonSchema] => [
    name,
    { description, schema: { type: 'string' } },
  ])
  return { headers: Object.fromEntries(described) }
}

const oauthContent: JsonSchema = {
  'application/json': { schema: { $ref: '#/components/schemas/OAuthFailure' } },
}

function problemContent(codes: readonly ErrorCode[]): JsonSchema {
  const problem = { $ref: '#/components/schemas/Problem' }
  const schema = { allOf: [problem, { properties: { code: { enum: codes } } }] }
  return { 'application/problem+json': { schema } }
}

function successContent({ schema, mediaType = 'application/json' }: Success): JsonSchema {
  return schema ? { [mediaType]: { schema: schemaOf(schema, 'output') } } : {}
}

function refusalsByStatus(of: Description): ReadonlyMap<number, readonly ErrorCode[]> {
  const byStatus = new Map<number, ErrorCode[]>()
  const codes = new Set([...commonRefusals(of), ...(of.refusals ?? [])])
  for (const code of [...codes].toSorted()) {
    const status = of.failures === 'oauth' ? oauthStatus(code) : errors[code].status
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return byStatus
}

function oauthStatus(code: ErrorCode): number {
  if (code === 'api_key_required') return 401
  const { status } = errors[code]
  return [413, 429, 500, 503].includes(status) ? status : 400
}

const always = ['request_malformed', 'rate_limited', 'store_unavailable', 'internal'] as const
const ofKeys = ['api_key_required', 'credentials_ambiguous', 'forbidden'] as const
const ofSessions = [
  'credentials_ambiguous',
  'csrf_rejected',
  'https_required',
  'sign_in_required',
  'token_rejected',
  'token_malformed',
  'session_unknown',
  'session_expired',
  'session_reused',
  'session_superseded',
  'verification_unavailable',
] as const
const ofBodies = ['body_malformed', 'body_too_large', 'media_type_unsupported', 'members_unknown'] as const

function commonRefusals({ needs, body, failures }: Description): readonly ErrorCode[] {
  return [
    ...always,
    ...(needs === 'session' ? ofSessions : []),
    ...(needs === 'read' || needs === 'manage' ? ofKeys : []),
    // Whoever shows a key that is none of ours is told so also where none is needed.
    ...(failures === 'oauth' ? ofKeys : []),
    ...(body ? ofBodies : []),
  ]
}
