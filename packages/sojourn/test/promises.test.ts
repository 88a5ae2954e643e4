// What everybody is told to do and not to do about sessions, each as one test against a running server.

import { Buffer } from 'node:buffer'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { SojournError } from '../src/core/errors.ts'
import { systemRandom } from '../src/core/system.ts'
import type { TestClient, Told } from '../src/testing/jar.ts'
import { names, onScene } from './http/support/serve.ts'
import { testSojourn } from './http/support/sojourn.ts'

const codeOf = (told: Told): unknown => told.json()['code']
const subjectOf = async (client: TestClient): Promise<unknown> =>
  (await client.ask('GET', '/')).json()['subject']
const bearing = (token: string): { headers: Record<string, string> } => ({
  headers: { authorization: `Bearer ${token}` },
})

function payloadOf(accessToken: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString('utf8')) as Record<
    string,
    unknown
  >
}

function tokensOf(client: TestClient): { session: string; access: string } {
  return { session: client.cookies.get(names.session)!, access: client.cookies.get(names.access)! }
}

function faultOf(secret: string | undefined, environment = 'production'): string {
  try {
    testSojourn({ secrets: [secret], environment })
    return 'none'
  } catch (error) {
    return error instanceof SojournError ? error.code : String(error)
  }
}

it('Do: HTTPS for all session traffic', () =>
  onScene({}, async ({ signedIn, url, browser }) => {
    const client = await signedIn()
    const plain = browser({ isSecure: false })
    for (const [name, value] of client.cookies) plain.cookies.set(name, value)
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/session'],
      ['POST', '/session/refresh'],
      ['POST', '/login'],
    ] as const) {
      const told = await plain.ask(method, path)
      expect([told.status, codeOf(told), told.cookies]).toEqual([403, 'https_required', []])
    }
    expect(url).toMatch(/^http:/)
    expect(await subjectOf(client)).toBe('alice')
  }))

it('Do: HttpOnly, SameSite, Secure cookies', () =>
  onScene({}, async ({ browser, clock }) => {
    const client = browser()
    const lines = [
      ...(await client.ask('GET', '/session/csrf')).cookies,
      ...(await client.ask('POST', '/login?{"subject":"alice"}')).cookies,
      ...(
        await client.ask('GET', '/', { headers: { cookie: `${names.session}=${tokensOf(client).session}` } })
      ).cookies,
    ]
    clock.pass('5m')
    lines.push(...(await client.ask('GET', '/')).cookies)
    await client.useCsrfToken()
    lines.push(...(await client.ask('POST', '/session/logout')).cookies)
    expect(lines).toHaveLength(11)
    for (const line of lines)
      expect(line).toMatch(/^__Host-Http-\w+=[^;]*; Path=\/; HttpOnly; Secure; SameSite=Lax(;|$)/)
  }))

it('Do: JWTs that expire', () =>
  onScene({}, async ({ signedIn, browser, clock }) => {
    const { access } = tokensOf(await signedIn())
    const { iat, exp } = payloadOf(access) as { iat: number; exp: number }
    expect(exp - iat).toBe(300)
    const thief = browser()
    clock.pass('299s')
    expect((await thief.ask('GET', '/', bearing(access))).json()['subject']).toBe('alice')
    clock.pass('1s')
    expect((await thief.ask('GET', '/', bearing(access))).json()['subject']).toBeNull()
  }))

it('Do: refresh', () =>
  onScene({}, async ({ signedIn, clock, told }) => {
    const client = await signedIn()
    const before = tokensOf(client)
    for (let hour = 0; hour < 20; hour++) {
      clock.pass('59m')
      expect(await subjectOf(client)).toBe('alice')
    }
    expect(tokensOf(client).session).not.toBe(before.session)
    expect(told('session.refreshed')).toHaveLength(20)
  }))

it('Do: refresh tokens stored so that a stolen store is useless', () =>
  onScene({}, async ({ signedIn, store, browser, clock, sojourn }) => {
    const client = await signedIn()
    const issued = [...client.cookies.values()]
    clock.pass('5m')
    await client.ask('GET', '/')
    issued.push(...client.cookies.values())
    const { items } = await store.scan(undefined, 100)
    const dump = JSON.stringify(items)
    for (const token of issued) {
      expect(dump).not.toContain(token)
      // Nor a part of it that would be enough to make the rest from.
      for (let at = 3; at + 24 < token.length && token.startsWith('sj_'); at += 24)
        expect(dump).not.toContain(token.slice(at, at + 24))
    }
    const thief = browser()
    for (const text of new Set(dump.match(/[A-Za-z0-9_-]{16,}/g))) {
      for (const stolen of [text, `sj_${text}`, `sj_${text.padEnd(68, 'A')}`]) {
        thief.cookies.set(names.session, stolen)
        thief.cookies.set(names.access, stolen)
        expect(await subjectOf(thief)).toBeNull()
        expect(await sojourn.introspect(stolen)).toEqual({ active: false })
      }
    }
    expect(await subjectOf(client)).toBe('alice')
  }))

it('Do: tokens validated on every request', () =>
  onScene({}, async ({ signedIn, sojourn, browser }) => {
    const client = await signedIn()
    const { access } = tokensOf(client)
    const thief = browser()
    for (let request = 0; request < 3; request++) {
      expect(await subjectOf(client)).toBe('alice')
      for (let at = 0; at < access.length; at += 7) {
        const edited = access.slice(0, at) + (access[at] === 'A' ? 'B' : 'A') + access.slice(at + 1)
        const told = await thief.ask('GET', '/', bearing(edited))
        expect(told.status === 400 || told.json()['subject'] === null).toBe(true)
      }
    }
    await sojourn.revokeAll('alice')
    expect(await subjectOf(client)).toBeNull()
    expect((await thief.ask('GET', '/', bearing(access))).json()['subject']).toBeNull()
  }))

it('Do: strong secrets', () => {
  const random = systemRandom()
  for (let round = 0; round < 200; round++) {
    expect(faultOf(Buffer.from(random(32)).toString('base64url'))).toBe('none')
    expect(faultOf(Buffer.from(random(32)).toString('hex'))).toBe('none')
  }
  for (const missing of [undefined, '']) expect(faultOf(missing)).toBe('config_invalid')
  expect(faultOf(undefined, 'development')).toBe('config_invalid')
})

it('Do: session timeouts', () =>
  onScene({}, async ({ signedIn, clock, told }) => {
    const idle = await signedIn()
    clock.pass('1h')
    expect(await subjectOf(idle)).toBeNull()
    const busy = await signedIn()
    for (let minutes = 0; minutes < 24 * 60 - 30; minutes += 30) {
      clock.pass('30m')
      expect(await subjectOf(busy)).toBe('alice')
    }
    clock.pass('30m')
    expect(await subjectOf(busy)).toBeNull()
    expect(told('session.ended').map(({ reason }) => reason)).toEqual(['idle', 'absolute'])
  }))

it('Do: authentication events logged', () =>
  onScene({}, async ({ signedIn, browser, clock, events, sojourn }) => {
    const client = await signedIn()
    const stale = client.copy()
    await client.ask('POST', '/', { headers: { 'x-csrf-token': 'wrong' } })
    await browser().ask('GET', '/', bearing('junk'))
    for (let refresh = 0; refresh < 3; refresh++) {
      clock.pass('5m')
      await client.ask('GET', '/')
      await client.ask('GET', '/')
    }
    await stale.ask('GET', '/')
    const other = await signedIn({ subject: 'bob' })
    await sojourn.stepUp(tokensOf(other).session, { amr: ['otp'] })
    await sojourn.revokeAll('bob')
    const journey = events.filter(({ type }) => !['session.confirmed', 'session.refreshed'].includes(type))
    expect(
      journey.map((event) => ('reason' in event ? `${event.type}: ${event.reason}` : event.type)),
    ).toEqual([
      'session.created',
      'csrf.rejected: token',
      'token.rejected: format',
      'session.reused',
      'session.ended: reused',
      'session.created',
      'session.stepped_up',
      'session.ended: revoked',
    ])
    expect(events.filter(({ type }) => type === 'session.refreshed')).toHaveLength(3)
    for (const { at, level } of events) {
      expect(at).toBeGreaterThan(1_700_000_000_000)
      expect(['info', 'warning', 'critical']).toContain(level)
    }
  }))

it('Do: session data cleared on logout', () =>
  onScene({}, async ({ signedIn, store }) => {
    const client = await signedIn({ subject: 'alice', data: { basket: ['book'] } })
    expect((await store.scan(undefined, 10)).items).toHaveLength(1)
    const told = await client.ask('POST', '/session/logout')
    expect(told.headers['clear-site-data']).toBe('"cache", "storage"')
    expect(client.cookies.size).toBe(0)
    expect((await store.scan(undefined, 10)).items).toEqual([])
  }))

it('Do: CSRF tokens on state changes', () =>
  onScene({}, async ({ signedIn, told }) => {
    const client = await signedIn()
    const mallory = await signedIn({ subject: 'mallory' })
    const foreign = await mallory.useCsrfToken()
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const token of [undefined, 'A'.repeat(43), foreign]) {
        const answer = await client.ask(method, '/', { headers: { 'x-csrf-token': token } })
        expect([answer.status, codeOf(answer)]).toEqual([403, 'csrf_rejected'])
      }
      expect((await client.ask(method, '/')).status).toBe(200)
    }
    expect(told('csrf.rejected')).toHaveLength(12)
  }))

it("Don't: sensitive data in tokens", () =>
  onScene({}, async ({ signedIn, sojourn }) => {
    const data = { card: '4111 1111 1111 1111', diagnosis: 'none of your business' }
    const client = await signedIn({
      subject: 'user-42',
      claims: { role: 'admin' },
      data,
      device: { label: 'My phone' },
    })
    const [session] = await sojourn.list('user-42')
    expect(session!.data).toEqual(data)
    const { access, session: token } = tokensOf(client)
    expect(Object.keys(payloadOf(access)).sort()).toEqual([
      'aud',
      'auth_time',
      'client_id',
      'exp',
      'gen',
      'iat',
      'iss',
      'jti',
      'role',
      'sid',
      'sub',
      'ver',
    ])
    const readable = `${Buffer.from(access.split('.')[1]!, 'base64url').toString()} ${Buffer.from(token.slice(3), 'base64url').toString('latin1')}`
    expect(readable).not.toMatch(/4111|diagnosis|phone|127\.0\.0\.1/)
    expect(Buffer.from(token.slice(3), 'base64url').toString('latin1')).not.toContain('user-42')
  }))

it("Don't: short secrets", () => {
  const strong = Buffer.from(systemRandom()(32)).toString('base64url')
  for (let length = 0; length < strong.length; length++)
    expect(faultOf(strong.slice(0, length))).toBe('config_invalid')
  for (const weak of [
    'secret',
    'changeme',
    'a'.repeat(64),
    'abc'.repeat(30),
    'keyboard cat '.repeat(6),
    '12345678'.repeat(8),
  ]) {
    expect(faultOf(weak)).toBe('config_invalid')
    expect(faultOf(weak, 'development')).toBe('config_invalid')
  }
})

it("Don't: tokens in URLs", () =>
  onScene({}, async ({ signedIn, browser }) => {
    const client = await signedIn()
    const { session, access } = tokensOf(client)
    const visitor = browser()
    for (const path of [
      `/?access_token=${access}`,
      `/?sid=${session}`,
      `/;jsessionid=${session}`,
      `/?${names.session}=${session}`,
    ]) {
      expect((await visitor.ask('GET', path)).json()['subject']).toBeNull()
    }
    expect(codeOf(await visitor.ask('POST', `/session/refresh?refreshToken=${session}`))).toBe(
      'credentials_missing',
    )
    const token = await client.useCsrfToken()
    const inUrl = await client.ask('POST', `/?csrf_token=${token}`, {
      headers: { 'x-csrf-token': undefined },
    })
    expect(codeOf(inUrl)).toBe('csrf_rejected')
    const answers = [
      await client.ask('GET', '/session'),
      await client.ask('POST', '/session/refresh'),
      await client.ask('POST', '/session/logout'),
    ]
    for (const { headers } of answers) expect(headers).not.toHaveProperty('location')
  }))

it("Don't: ignored expiry", () =>
  onScene({}, async ({ signedIn, sojourn, clock, browser }) => {
    const client = await signedIn({ subject: 'alice', remember: true })
    const bearer = await sojourn.create({ subject: 'alice', profile: 'bearer' })
    const { session, access } = tokensOf(client)
    clock.pass('10m')
    for (const token of [access, bearer.accessToken]) {
      await expect(sojourn.verify(token)).rejects.toThrow('not accepted')
      expect(await sojourn.introspect(token)).toEqual({ active: false })
      expect((await browser().ask('GET', '/', bearing(token))).json()['subject']).toBeNull()
    }
    clock.pass('366h')
    // The cookie is still in the jar, whatever its Max-Age was: the server decides.
    expect(await subjectOf(client)).toBeNull()
    expect(await sojourn.introspect(session)).toEqual({ active: false })
    await expect(sojourn.refresh(bearer.sessionToken)).rejects.toThrow('expired')
    expect(await sojourn.list('alice')).toEqual([])
  }))

it("Don't: one secret in two environments", async () => {
  const secrets = [Buffer.from(systemRandom()(32)).toString('base64url')]
  const staging = testSojourn({ secrets, environment: 'staging' })
  const production = testSojourn({ secrets, environment: 'production', store: staging.store }).sojourn
  const issued = await staging.sojourn.create({ subject: 'alice' })
  await expect(production.verify(issued.accessToken)).rejects.toThrow('not accepted')
  await expect(production.refresh(issued.sessionToken)).rejects.toThrow('malformed')
  expect(production.csrf.check(staging.sojourn.csrf.issue(issued.session.id), issued.session.id)).toBe(false)
  expect(await production.introspect(issued.sessionToken)).toEqual({ active: false })
  expect((await staging.sojourn.verify(issued.accessToken)).subject).toBe('alice')
})

it("Don't: tokens in localStorage", () =>
  onScene({}, async ({ signedIn, clock }) => {
    const client = await signedIn()
    const seen: Told[] = []
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/session'],
      ['GET', '/session/devices'],
      ['GET', '/session/csrf'],
      ['POST', '/session/refresh'],
    ] as const) {
      clock.pass('5m')
      seen.push(await client.ask(method, path))
      const { session, access } = tokensOf(client)
      for (const told of seen) {
        const { 'set-cookie': _, ...readable } = told.headers
        for (const token of [session, access])
          expect(told.text + JSON.stringify(readable)).not.toContain(token)
        for (const line of told.cookies) expect(line).toContain('; HttpOnly')
      }
    }
    const root = join(import.meta.dirname, '../../..')
    const sources = globSync(
      ['packages/*/{src,bin,demo}/**/*.{ts,js,mjs,html}', 'examples/*/{src,public}/**/*.{ts,js,mjs,html}'],
      { cwd: root },
    )
    expect(sources.length).toBeGreaterThan(50)
    // All but the doctor, who looks for it in the pages of others.
    const ours = sources.filter((file) => !file.startsWith('packages/server/src/doctor/'))
    const mentioning = ours.filter((file) =>
      /localStorage|sessionStorage|document\.cookie/.test(readFileSync(join(root, file), 'utf8')),
    )
    expect(mentioning).toEqual([])
  }))

it("Don't: sessions over plain HTTP", async () => {
  await onScene({ sojourn: { environment: 'production' } }, async ({ browser, told }) => {
    for (const host of ['app.example', 'localhost:3000', '127.0.0.1']) {
      const answer = await browser({ isSecure: false, host }).ask('POST', '/login?{"subject":"alice"}')
      expect([answer.status, answer.cookies]).toEqual([403, []])
    }
    expect(told('session.created')).toEqual([])
  })
  expect(() => testSojourn({ issuer: 'http://app.example' })).toThrow('plain http')
  await onScene({}, async ({ browser, signedIn }) => {
    const { session, access } = tokensOf(await signedIn())
    const developer = browser({ isSecure: false, host: 'localhost:3000' })
    for (const [name, value] of Object.entries({ [names.session]: session, [names.access]: access }))
      developer.cookies.set(name, value)
    expect(await subjectOf(developer)).toBeNull()
  })
})

it("Don't: unchecked signatures", () =>
  onScene({}, async ({ signedIn, sojourn, browser }) => {
    const { access } = tokensOf(await signedIn())
    const [header = '', payload = '', signature = ''] = access.split('.')
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const admin = encode({ ...payloadOf(access), sub: 'root', role: 'admin' })
    const forged = [
      `${header}.${admin}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${header}.${payload}.${'A'.repeat(signature.length)}`,
      `${header}.${payload}.${signature}A`,
      ...['none', 'None', 'nOnE', '', 'HS384', 'RS256', 'ES256'].flatMap((alg) => [
        `${encode({ alg, typ: 'at+jwt' })}.${admin}.`,
        `${encode({ alg, typ: 'at+jwt' })}.${payload}.${signature}`,
      ]),
    ]
    for (const token of forged) {
      await expect(sojourn.verify(token)).rejects.toThrow('not accepted')
      expect((await browser().ask('GET', '/', bearing(token))).json()['subject']).toBeNull()
      const withCookie = browser()
      withCookie.cookies.set(names.access, token)
      expect(await subjectOf(withCookie)).toBeNull()
    }
  }))

it("Don't: session ids with power in logs", () =>
  onScene({}, async ({ signedIn, clock, events, browser, sojourn }) => {
    const client = await signedIn()
    const issued = [...client.cookies.values(), await client.useCsrfToken()]
    clock.pass('5m')
    await client.ask('GET', '/')
    issued.push(...client.cookies.values())
    await browser().ask('GET', '/', bearing(issued[0]!))
    await client.ask('POST', '/', { headers: { 'x-csrf-token': 'wrong' } })
    const log = JSON.stringify(events)
    for (const token of issued) expect(log).not.toContain(token)
    const ids = new Set(
      events.flatMap((event) => ('sessionId' in event && event.sessionId ? [event.sessionId] : [])),
    )
    expect(ids.size).toBe(1)
    for (const id of ids) {
      const thief = browser()
      thief.cookies.set(names.session, id)
      thief.cookies.set(names.access, id)
      expect(await subjectOf(thief)).toBeNull()
      expect((await thief.ask('GET', '/', bearing(id))).json()['subject']).toBeNull()
      await expect(sojourn.refresh(id)).rejects.toThrow('malformed')
      expect(await sojourn.introspect(id)).toEqual({ active: false })
    }
    const { sessionToken } = await sojourn.create({ subject: 'bob' })
    expect(JSON.stringify(await sojourn.refresh(sessionToken))).not.toContain('sj_')
  }))

it("Don't: predictable ids", async () => {
  const { sojourn } = testSojourn()
  const issued = await Promise.all(Array.from({ length: 2000 }, () => sojourn.create({ subject: 'alice' })))
  const secrets = issued.map(({ sessionToken }) =>
    Buffer.from(sessionToken.slice(3), 'base64url').subarray(7, 31),
  )
  expect(new Set(secrets.map((secret) => secret.toString('hex'))).size).toBe(2000)
  expect(new Set(issued.map(({ session }) => session.id)).size).toBe(2000)
  // Every bit of the 192 is set in about half of them: 1000, give or take 7 standard deviations of 22.
  for (let bit = 0; bit < 192; bit++) {
    const ones = secrets.filter((secret) => (secret[bit >> 3]! >> (bit & 7)) & 1).length
    expect(Math.abs(ones - 1000)).toBeLessThan(157)
  }
  // Nothing of the secret shows in the public id.
  for (const [index, { session }] of issued.entries()) {
    const id = Buffer.from(session.id, 'base64url')
    expect(id.subarray(6).includes(secrets[index]!.subarray(0, 6))).toBe(false)
  }
})
