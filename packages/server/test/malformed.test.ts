import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { testClient } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { sendRaw, statusOf } from './support/raw.ts'
import { routes, routesOfProxies } from './support/routes.ts'
import { apiKey } from './support/server.ts'
import { inTurns, proper, startTarget, type Target } from './support/storm.ts'

// Nicolas Seriot's JSON parsing test suite: 318 files, most of which are not JSON.
const files = join(import.meta.dirname, 'vectors/json-parsing/test_parsing')
const vectors = readdirSync(files).map((name) => ({ name, bytes: readFileSync(join(files, name)) }))
const calls = [...routes, ...routesOfProxies].flatMap(({ path, methods, forms = [] }) =>
  methods.map((method) => ({
    path,
    method,
    type: forms.includes(method) ? 'application/x-www-form-urlencoded' : 'application/json',
  })),
)

let server: Target
let port: number
beforeAll(async () => {
  server = await startTarget()
  ;({ port } = server)
})
afterAll(() => server.remove())

describe('R218 nothing that is sent', () => {
  it.each(calls)(
    'as $type to $method $path brings forth an error of ours, or silence',
    async ({ method, path, type: mediaType }) => {
      const type = `Content-Type: ${mediaType}\r\n`
      const odd: string[] = []
      await inTurns(vectors, async ({ name, bytes }) => {
        const head = `${method} ${path} HTTP/1.1\r\n${proper}${type}Content-Length: ${bytes.length}\r\n\r\n`
        const status = statusOf(await sendRaw(port, Buffer.concat([Buffer.from(head), bytes]), 20_000))
        if (status < 200 || status >= 500) odd.push(`${name}: ${status}`)
      })
      expect(odd).toEqual([])
    },
  )

  it('in a member of a sign-in brings forth an error of ours', async () => {
    const client = testClient({ url: `http://127.0.0.1:${port}` })
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }
    const texts = vectors.filter(({ bytes }) => bytes.length < 2000).map(({ bytes }) => bytes.toString())
    const odd: string[] = []
    const members = ['subject', 'claims', 'data', 'amr', 'device', 'replaces', 'profile']
    for (const text of texts)
      for (const member of members) {
        const start = member === 'subject' ? '{' : '{"subject":"ada",'
        const told = await client.ask('POST', '/v1/sessions', {
          body: `${start}"${member}":${text}}`,
          headers,
        })
        if (told.status >= 500) odd.push(`${member} ${text}: ${told.status}`)
      }
    client.close()
    expect(odd).toEqual([])
  })

  it('as random bytes, in the request line, a header, a target or instead of all, is met with silence', async () => {
    const random = seeded(218)
    const requests = Array.from({ length: 400 }, (_, index) => {
      const noise = Buffer.from(Array.from({ length: 1 + random(200) }, () => random(256)))
      const { method, path } = calls[index % calls.length]!
      const text = noise.toString('latin1')
      const line = text.replaceAll(/[\r\n\0]/g, '')
      const shapes = [
        text,
        `${method} ${path}?${line} HTTP/1.1\r\n${proper}\r\n`,
        `${method} ${path}/${encodeURI(line)} HTTP/1.1\r\n${proper}\r\n`,
        `${method} ${path} HTTP/1.1\r\n${proper}Cookie: ${line}\r\n\r\n`,
        `${method} ${path} HTTP/1.1\r\n${proper}X-CSRF-Token: ${line}\r\nUser-Agent: ${line}\r\n\r\n`,
        `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${line}\r\nConnection: close\r\n\r\n`,
        `${method} ${path} HTTP/1.1\r\nHost: ${line}\r\nConnection: close\r\n\r\n`,
        `${method} ${path} HTTP/1.1\r\n${proper}X-Forwarded-For: ${line}\r\nX-Forwarded-Host: ${line}\r\n\r\n`,
        `${line} ${path} HTTP/1.1\r\n${proper}\r\n`,
      ]
      return Buffer.from(`${shapes[index % shapes.length]!}\r\n\r\n`, 'latin1')
    })
    const odd: string[] = []
    await inTurns(requests, async (bytes) => {
      const status = statusOf(await sendRaw(port, bytes, 2000))
      if (status >= 500) odd.push(`${JSON.stringify(bytes.toString('latin1'))}: ${status}`)
    })
    expect(odd).toEqual([])
  })

  it('keeps others from being served', async () => {
    const client = testClient({ url: `http://127.0.0.1:${port}` })
    expect((await client.ask('GET', '/readyz')).status).toBe(200)
    client.close()
  })

  it('ends the process, or is worth a line in the log of errors', async () => {
    expect(await server.end()).toEqual([0, ''])
  })
})

/** Numbers below a bound, the same in every run. */
function seeded(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}
