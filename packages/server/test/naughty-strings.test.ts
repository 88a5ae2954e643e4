// The big list of naughty strings, in every place of every route that takes a text.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { clientRoutes } from '../src/api/client-routes.ts'
import type { Description } from '../src/api/operation.ts'
import { operations } from '../src/api/operations.ts'
import { forwardAuthDescription } from '../src/forward-auth/description.ts'
import { sendRaw, statusOf } from './support/raw.ts'
import { inTurns, proper, startTarget, type Target } from './support/storm.ts'

const file = join(import.meta.dirname, 'vectors/naughty-strings/blns.json')
const strings = JSON.parse(readFileSync(file, 'utf8')) as readonly string[]

/** A request with a text in one place of it. */
interface Place {
  readonly name: string
  readonly request: (text: string) => string
}

// What else a request needs, so that it is not the first thing to be refused.
const fitting: Readonly<Record<string, string>> = {
  subject: 'ada',
  tenant: 'acme',
  grant_type: 'refresh_token',
  refresh_token: 'sj_x',
  token: 'sj_x',
}
const escaped = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1)
const formOf = (values: object): string => new URLSearchParams(Object.entries(values)).toString()

function placesOf(of: Description): readonly Place[] {
  const { method, path, query, body, failures } = of
  const place = (name: string, request: Place['request']): Place => ({
    name: `${method} ${path} ${name}`,
    request,
  })
  const plain = path.replaceAll(/\{(\w+)\}/g, 'some-$1')
  const head = (target: string, lines = ''): string => `${method} ${target} HTTP/1.1\r\n${proper}${lines}`
  const fittingIn = (names: readonly string[]): object =>
    Object.fromEntries(names.filter((name) => name in fitting).map((name) => [name, fitting[name]]))
  const members = Object.keys(body?.shape ?? {})
  const isForm = failures === 'oauth'
  return [
    ...(path.includes('{')
      ? [place('path', (text) => `${head(path.replaceAll(/\{\w+\}/g, () => escaped(text)))}\r\n`)]
      : []),
    ...Object.keys(query?.shape ?? {}).map((name) =>
      place(`?${name}`, (text) => `${head(`${plain}?${formOf({ tenant: 'acme', [name]: text })}`)}\r\n`),
    ),
    ...members.map((name) =>
      place(name, (text) => {
        const values = { ...fittingIn(members), [name]: text }
        const content = isForm ? formOf(values) : JSON.stringify(values)
        const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json'
        const lines = `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(content)}\r\n`
        return `${head(plain, lines)}\r\n${content}`
      }),
    ),
    place('headers', (text) => `${head(plain, headersWith(text, of))}\r\n`),
  ]
}

function headersWith(text: string, { headers = {} }: Description): string {
  const line = text.replaceAll(/[\r\n]/g, '')
  const names = ['User-Agent', 'Accept', 'X-CSRF-Token', 'Idempotency-Key', ...Object.keys(headers)]
  const lines = [...new Set(names)].map((name) => `${name}: ${line}\r\n`)
  return `${lines.join('')}Cookie: __Host-Http-session=${line}; __Host-Http-access=${line}\r\n`
}

const places = [...operations, ...clientRoutes, forwardAuthDescription].flatMap(placesOf)
// Each place gets every fifth string, each the next ones: neighbours are of one kind, so every place meets every kind.
const every = 5
const throws = places.flatMap(({ name, request }, at) =>
  strings
    .filter((_, index) => (index + at) % every === 0)
    .map((text) => ({ name, text, bytes: Buffer.from(request(text)) })),
)

let server: Target
beforeAll(async () => {
  server = await startTarget()
})
afterAll(() => server.remove())

describe('R218 a naughty string', () => {
  it('is thrown at every place at least a hundred times, and each string at many places', () => {
    expect(strings.length).toBeGreaterThan(500)
    expect(throws.length).toBeGreaterThan(100 * places.length)
    expect(new Set(throws.map(({ text }) => text)).size).toBe(new Set(strings).size)
  })

  it('in any place of any route brings forth an answer, and no error of ours', async () => {
    const odd: string[] = []
    await inTurns(throws, async ({ name, text, bytes }) => {
      const status = statusOf(await sendRaw(server.port, bytes, 20_000))
      if (status < 200 || status >= 500) odd.push(`${name} ${JSON.stringify(text)}: ${status}`)
    })
    expect(odd).toEqual([])
  })

  it('ends no process, and is worth no line in the log of errors', async () => {
    expect(await server.end()).toEqual([0, ''])
  })
})
