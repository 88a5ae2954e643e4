// The document drives the server: every operation is called as it says, rightly and wrongly, and an answer that it does
// not foretell (status, media type, shape) is a fault. A second reader of JSON Schema judges, not the one that wrote it.

import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Ask, TestClient, Told } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { identityProvider, type IdentityProvider } from '../../../sojourn/test/support/identity-provider.ts'
import { storedApiKeys, type StoredApiKeys } from '../../src/apikeys/stored-api-keys.ts'
import { operations } from '../../src/api/operations.ts'
import { challengeIn, keepCookies, newDevice } from '../support/device.ts'
import { apiKey, issuer, startServer, type TestServer } from '../support/server.ts'

type Schema = Readonly<Record<string, unknown>>

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly schema: Schema
}

interface OperationObject {
  readonly operationId: string
  readonly security: readonly Schema[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<Record<string, ResponseObject>>
}

interface ResponseObject {
  readonly headers?: Readonly<Record<string, unknown>>
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
}

interface Document {
  readonly openapi: string
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>
}

interface Row {
  readonly path: string
  readonly method: string
  readonly operation: OperationObject
}

let server: TestServer
let provider: IdentityProvider
let document: Document
let rows: readonly Row[]
const ajv = new Ajv2020({ strict: false, allErrors: true })
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

beforeAll(async () => {
  provider = await identityProvider()
  const { issuer: theirs, audience, jwks } = provider.trusted
  const trusted = [`${theirs} ${audience} ${jwks}`]
  server = await startServer({
    said: {
      signInUrl: 'https://login.example/',
      identityProviders: trusted,
      eventTransmitters: trusted,
      statusList: '1m',
      dbsc: 'on',
    },
  })
  const told = await server.client().ask('GET', '/openapi.json')
  document = told.json() as unknown as Document
  ajv.addSchema(document, 'document')
  rows = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
})
afterAll(async () => {
  await server.stop()
  await provider.close()
})

describe('the document', () => {
  it('is valid OpenAPI 3.1, and says where the server is', async () => {
    const { valid, errors } = await new Validator().validate({ ...document })
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined })
    expect([document.openapi, document.servers[0]?.url]).toEqual(['3.1.1', issuer])
  })

  it('has every operation that the server has, each with a name of its own', () => {
    const documented = rows.map(({ method, path }) => `${method} ${path}`)
    const served = operations.map(({ method, path }) => `${method} ${path}`)
    const ofTheTable = documented.filter((one) => !one.includes(' /session') && one !== 'GET /forward-auth')
    expect(ofTheTable.toSorted()).toEqual(served.toSorted())
    expect(documented).toContain('GET /forward-auth')
    const names = rows.map(({ operation }) => operation.operationId)
    expect(new Set(names).size).toBe(names.length)
  })
})

const storedKeys = (): StoredApiKeys =>
  storedApiKeys({ store: server.store.store, issuer, environment: 'test', clock: Date.now })

/** Something real for each name that an operation asks for. */
interface World {
  readonly values: Readonly<Record<string, unknown>>
  readonly client: TestClient
}

async function newWorld(profile: 'cookie' | 'bearer' = 'bearer'): Promise<World> {
  const told = await server.backend('POST', '/v1/sessions', {
    json: { subject: 'ada', tenant: 'acme', profile, amr: ['pwd'], data: { cart: [] } },
  })
  const { session, refreshToken, accessToken } = told.json()
  const { id } = session as { id: string }
  const { info } = await storedKeys().create({ role: 'read', name: 'reports' })
  const values = {
    id,
    apiKeyId: info.id,
    subject: 'ada',
    tenant: 'acme',
    refreshToken,
    refresh_token: refreshToken,
    token: accessToken,
    accessToken,
    grant_type: 'refresh_token',
    client_id: 'app',
    client_secret: apiKey,
    logout_token: await provider.logoutToken(Date.now),
    event: await provider.event(Date.now),
    name: statusListOf(String(accessToken)),
    limit: '3',
    type: 'session.created',
    amr: ['hwk'],
  }
  return { values, client: server.client() }
}

/** The name of the status list in an access token. */
function statusListOf(accessToken: string): string | undefined {
  const payload = Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()
  return /"uri":"[^"]*\/([^"/]+)"/.exec(payload)?.[1]
}

/** Some value that a schema allows: one of its own examples where it has any. */
function exampleOf(schema: Schema): unknown {
  const { examples, type, properties, items } = schema
  if (Array.isArray(examples)) return examples[0] as unknown
  if (Array.isArray(schema['enum'])) return schema['enum'][0] as unknown
  if ('const' in schema) return schema['const']
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries((properties ?? {}) as Record<string, Schema>).map(([name, one]) => [
          name,
          exampleOf(one),
        ]),
      )
    case 'array':
      return [exampleOf(items as Schema)]
    case 'boolean':
      return false
    case 'integer':
    case 'number':
      return 1
    default:
      return 'text'
  }
}

/** The call of an operation as the document has it, with everything that it may be given or only what it needs. */
function callOf({ path, operation }: Row, { values }: World, isWhole: boolean): { target: string; ask: Ask } {
  const { parameters = [], requestBody, security } = operation
  const wanted = (place: Parameter['in']): readonly Parameter[] =>
    parameters.filter((one) => one.in === place && (isWhole || one.required))
  const valueOf = ({ name, schema }: Parameter): string => String(values[name] ?? exampleOf(schema))
  const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])))
  const query = new URLSearchParams(
    wanted('query')
      .filter(({ name }) => name !== 'cursor')
      .map((one) => [one.name, valueOf(one)]),
  ).toString()
  const schemes = new Set(security.flatMap((one) => Object.keys(one)))
  const headers: Record<string, string> = {
    ...(schemes.has('apiKey') ? { authorization: `Bearer ${apiKey}` } : {}),
    ...(schemes.has('accessToken') ? { authorization: `Bearer ${String(values['accessToken'])}` } : {}),
    ...Object.fromEntries(
      wanted('header').map((one) => [
        one.name.toLowerCase(),
        one.name === 'If-Match' ? '*' : String(exampleOf(one.schema)),
      ]),
    ),
  }
  const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? []
  const members = content ? membersOf(content.schema, values, isWhole) : undefined
  if (schemes.has('clientSecret')) delete members?.['client_secret']
  const body =
    type === undefined
      ? {}
      : type.endsWith('+jwt')
        ? { body: String(values['event']) }
        : type.endsWith('urlencoded')
          ? { form: members as Record<string, string> }
          : { body: JSON.stringify(members) }
  if (type !== undefined) headers['content-type'] = type
  return { target: query === '' ? target : `${target}?${query}`, ask: { ...body, headers } }
}

function membersOf(
  { properties = {}, required = [] }: Schema,
  values: World['values'],
  isWhole: boolean,
): Record<string, unknown> {
  const names = isWhole ? Object.keys(properties as object) : (required as string[])
  return Object.fromEntries(
    names.map((name) => [
      name,
      values[name] ?? exampleOf((properties as Record<string, Schema>)[name] ?? {}),
    ]),
  )
}

/** What of an answer the document does not foretell; nothing if all is well. */
function undocumented({ operation, path, method }: Row, told: Told): readonly string[] {
  const where = `${method} ${path}: ${told.status}`
  const response = operation.responses[told.status]
  if (!response) return [`${where} is not documented: ${told.text.slice(0, 200)}`]
  const mediaType = String(told.headers['content-type'] ?? '').split(';')[0] ?? ''
  if (told.text === '' && response.content === undefined) return []
  const content = response.content?.[mediaType]
  if (!content) return [`${where} is ${mediaType || 'of no media type'}: ${told.text.slice(0, 200)}`]
  if (!mediaType.endsWith('json')) return []
  const type = mediaType.replaceAll('/', '~1')
  const route = path.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')
  const pointer = `document#/paths/${route}/${method.toLowerCase()}/responses/${told.status}/content/${type}/schema`
  const validate = ajv.getSchema(pointer)
  if (!validate) return [`${where} has no schema at ${pointer}`]
  if (validate(told.json()) === true) return []
  return (validate.errors ?? []).map((error) => `${where} ${error.instancePath} ${error.message ?? ''}`)
}

const isStream = ({ operation }: Row): boolean =>
  operation.responses['200']?.content?.['text/event-stream'] !== undefined
// A stream does not end; its own tests read it.
const drivable = (): readonly Row[] => rows.filter((row) => !isStream(row))

// What a browser does by itself: it registers the key of its device, and refreshes with it.
async function driveDevice({ operation, method, path }: Row, isWhole: boolean): Promise<Told> {
  const signedIn = (await server.backend('POST', '/v1/sessions', { json: { subject: 'ada' } })).json()
  const client = server.client()
  keepCookies(client, signedIn['setCookie'] as string[])
  const { proof } = newDevice()
  const { id } = signedIn['session'] as { id: string }
  const first = proof(challengeIn(String(signedIn['secureSessionRegistration'])), { isFirst: true })
  const registration = rows.find(({ operation: { operationId } }) => operationId === 'registerDevice')
  const headers = { 'secure-session-response': first }
  const registered = await client.ask(registration!.method, registration!.path, { headers })
  if (operation.operationId === 'registerDevice') return registered
  const named = { 'sec-secure-session-id': `"${id}"` }
  const proven = isWhole ? { 'secure-session-response': proof(challengeIn(registered)) } : {}
  const told = await client.ask(method, path, { headers: { ...named, ...proven } })
  client.close()
  return told
}

async function drive(row: Row, isWhole: boolean): Promise<Told> {
  if (
    row.operation.security.every((one) => Object.keys(one).join() === 'cookies') &&
    row.operation.security.length > 0
  )
    return driveDevice(row, isWhole)
  const world = await newWorld()
  const { target, ask } = callOf(row, world, isWhole)
  const told = await world.client.ask(row.method, target, ask)
  world.client.close()
  return told
}

describe('every operation, called as the document says,', () => {
  it('works, with all that it may be given and with what it needs, and answers as foretold', async () => {
    const odd: string[] = []
    const done = new Set<string>()
    for (const row of drivable())
      for (const isWhole of [true, false]) {
        const told = await drive(row, isWhole)
        odd.push(...undocumented(row, told))
        if (told.status < 300) done.add(row.operation.operationId)
      }
    expect(odd).toEqual([])
    expect(drivable().map(({ operation }) => operation.operationId)).toEqual([...done])
  })

  it('answers a proxy with the headers that it foretells, and sends its visitors to the sign-in page', async () => {
    const row = rows.find(({ operation }) => operation.operationId === 'forwardAuth')!
    const asked = { 'x-forwarded-method': 'GET', 'x-forwarded-uri': '/page', accept: 'text/html' }
    const visitor = await server.client().ask(row.method, row.path, { headers: asked })
    const answers = [await drive(row, false), visitor]
    expect(answers.map(({ status }) => status)).toEqual([200, 302])
    for (const told of answers) {
      expect(undocumented(row, told)).toEqual([])
      const foretold = Object.keys(row.operation.responses[told.status]?.headers ?? {})
      expect(Object.keys(told.headers)).toEqual(
        expect.arrayContaining(foretold.map((name) => name.toLowerCase())),
      )
      expect(foretold).not.toEqual([])
    }
  })

  it('answers a browser as foretold too', async () => {
    const { setCookie, csrfToken } = (
      await server.backend('POST', '/v1/sessions', { json: { subject: 'ada' } })
    ).json()
    const browser = server.client()
    keepCookies(browser, setCookie as string[])
    const headers = { 'x-csrf-token': String(csrfToken) }
    const statuses: [string, number][] = []
    for (const row of rows.filter(({ path }) => path.startsWith('/session') && !path.includes('{'))) {
      const told = await browser.ask(row.method, row.path, { headers })
      expect(undocumented(row, told)).toEqual([])
      statuses.push([row.operation.operationId, told.status])
    }
    expect(Object.fromEntries(statuses)).toMatchObject({ showOwnSession: 200, refresh: 204, signOut: 204 })
  })
})

describe('every operation, called wrongly,', () => {
  interface Wrong {
    readonly how: string
    readonly spoil: (ask: Ask) => Ask
    readonly query?: string
  }
  const withHeader = (name: string, value: string | readonly string[] | undefined): Wrong['spoil'] => {
    return (ask) => ({ ...ask, headers: { ...ask.headers, [name]: value } })
  }
  const withBody = (body: string): Wrong['spoil'] => {
    return ({ headers = {} }) => ({ headers, body })
  }
  const wrongs: readonly Wrong[] = [
    { how: 'without credentials', spoil: withHeader('authorization', undefined) },
    { how: 'with a key that is none', spoil: withHeader('authorization', 'Bearer sjk_nope') },
    { how: 'with two keys', spoil: withHeader('authorization', ['Bearer a', 'Bearer b']) },
    { how: 'with a parameter that it does not have', spoil: (ask) => ask, query: '?nonsense=1' },
    { how: 'with a body that is not JSON', spoil: withBody('{"a":') },
    { how: 'with members that it does not have', spoil: withBody('{"nonsense":1}') },
    { how: 'with a media type of its own', spoil: withHeader('content-type', 'a/b') },
    { how: 'with too much', spoil: withBody(JSON.stringify('x'.repeat(70_000))) },
    {
      how: 'with nothing',
      spoil: ({ headers = {} }) => ({ headers: { authorization: headers['authorization'] } }),
    },
  ]

  it.each(wrongs)('$how, says so as foretold', async ({ spoil, query = '' }) => {
    const odd: string[] = []
    for (const row of drivable()) {
      const world = await newWorld()
      const { target, ask } = callOf(row, world, false)
      const told = await world.client.ask(row.method, target + query, spoil(ask))
      odd.push(...undocumented(row, told))
      world.client.close()
    }
    expect(odd).toEqual([])
  })

  it.each(['nobody', '%20', 'x'.repeat(300)])('about %s, says so as foretold', async (id) => {
    const odd: string[] = []
    for (const row of drivable().filter(({ path }) => path.includes('{'))) {
      const world = await newWorld()
      const { ask } = callOf(row, world, false)
      const told = await world.client.ask(row.method, row.path.replaceAll(/\{\w+\}/g, id), ask)
      odd.push(...undocumented(row, told))
      world.client.close()
    }
    expect(odd).toEqual([])
  })
})

describe('the reference page', () => {
  it('shows every operation, and has neither script nor anything from elsewhere', async () => {
    const told = await server.client().ask('GET', '/docs')
    expect(told.headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    for (const { operation } of rows) expect(told.text).toContain(`<section id="${operation.operationId}">`)
    expect(told.text).not.toMatch(/<script|style="|onclick|(?:src|href)="(?:https?:)?\/\//)
    const targets = [...told.text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
    expect(targets.filter((id) => !told.text.includes(`id="${id}"`))).toEqual([])
    expect((await server.client().ask('GET', '/docs/style.css')).headers['content-type']).toBe(
      'text/css; charset=utf-8',
    )
  })
})
