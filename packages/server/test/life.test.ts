import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'

import { testClient, type TestClient } from 'sojourn/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { run, serving, type RunningCommand } from './support/command.ts'
import { apiKey, issuer, secret, startServer, temporaryFolder } from './support/server.ts'
import { statusOf } from './support/raw.ts'

let folder: ReturnType<typeof temporaryFolder>
const running: RunningCommand[] = []
const clients: TestClient[] = []
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(async () => {
  for (const one of clients.splice(0)) one.close()
  await Promise.all(running.splice(0).map((one) => one.end('SIGKILL')))
  folder.remove()
})

const given = { SOJOURN_SECRETS: secret, SOJOURN_API_KEY: apiKey, SOJOURN_TRUSTED_PROXIES: 'loopback' }

async function start(args: readonly string[] = [], variables: Readonly<Record<string, string>> = {}) {
  const server = await serving(['--port', '0', ...args], {
    folder: folder.path,
    variables: { ...given, ...variables },
  })
  running.push(server)
  return server
}

function clientOf({ url }: { readonly url: string }): TestClient {
  const client = testClient({ url: url.replace('localhost', '127.0.0.1') })
  clients.push(client)
  return client
}

const headers = { authorization: `Bearer ${apiKey}` }

/** Signs in, and gives back a way to ask for that session. */
async function signIn(
  client: TestClient,
): Promise<{ id: string; accessToken: string; refreshToken: string }> {
  const json = { subject: 'ada', profile: 'bearer' }
  const told = await client.ask('POST', '/v1/sessions', { json, headers })
  expect([told.status, told.text]).toEqual([201, expect.any(String)])
  const { session, accessToken, refreshToken } = told.json()
  return {
    id: (session as { id: string }).id,
    accessToken: String(accessToken),
    refreshToken: String(refreshToken),
  }
}

async function refresh(client: TestClient, refreshToken: string): Promise<string> {
  const told = await client.ask('POST', '/session/refresh', { json: { refreshToken } })
  expect([told.status, told.text]).toEqual([200, expect.any(String)])
  return String(told.json()['refreshToken'])
}

describe('starting', () => {
  it('port 0 takes a free port, says which, and the issuer has it', async () => {
    const server = await start([], { SOJOURN_TRUSTED_PROXIES: '', SOJOURN_STORE: 'memory:' })
    expect(server.url).toMatch(/^http:\/\/localhost:[1-9]\d{3,4}$/)
    const { accessToken } = await signIn(clientOf(server))
    const payload = JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as object
    expect(payload).toMatchObject({ iss: server.url, aud: server.url })
  })

  it('a port that is taken is named, with what to do, and the status is 1', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    const { status, stdout, stderr } = await run(['serve', '--port', String(port)], { folder: folder.path })
    other.close()
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toBe(
      `Port ${port} on 127.0.0.1 is in use. Stop what listens there, or choose another with --port (SOJOURN_PORT).\n`,
    )
  })

  it('a host that is not ours is named, and the status is 1', async () => {
    const ended = await run(['serve', '--port', '0', '--host', '192.0.2.1', '--store', 'memory:'], {
      folder: folder.path,
    })
    expect(ended.status).toBe(1)
    expect(ended.stderr).toBe(
      '192.0.2.1 is no address of this machine. Choose another with --host (SOJOURN_HOST).\n',
    )
  })

  it.each([
    ['sqlite:.', 'cannot be opened for writing'],
    ['sqlite:sojourn.config.json/x.db', 'its directory cannot be made'],
    ['sqlite:sojourn.config.json', 'it is not a SQLite database'],
  ])('a store at %s is refused with the reason, and the status is 2', async (store, reason) => {
    writeFileSync(join(folder.path, 'sojourn.config.json'), JSON.stringify({ port: 0, host: '127.0.0.1' }))
    const ended = await run(['serve', '--store', store], { folder: folder.path, variables: given })
    expect(ended.status).toBe(2)
    expect(ended.stderr).toMatch(
      /^The settings cannot be used:\n {2}- --store names a store that cannot be used\./,
    )
    expect(ended.stderr).toContain(reason)
  })
})

describe.each(['SIGTERM', 'SIGINT'] as const)('on %s', (signal) => {
  it('the request under way is answered, no new one is taken, and the status is 0', async () => {
    const server = await start(['--store', 'memory:'])
    const port = Number(new URL(server.url).port)
    const body = JSON.stringify({ subject: 'ada' })
    const socket = await halfSent(port, body)
    const began = Date.now()
    server.child.kill(signal)
    await refusing(port)
    let answer = ''
    socket.on('data', (chunk: string) => (answer += chunk))
    socket.write(body.slice(5))
    const { status } = await server.ended
    expect(statusOf(answer)).toBe(201)
    expect(answer.toLowerCase()).toContain('connection: close')
    expect(status).toBe(0)
    // The connection stayed open for another six seconds.
    expect(Date.now() - began).toBeLessThan(5500)
    const again = createServer()
    await new Promise<void>((resolve, reject) =>
      again.once('error', reject).listen(port, '127.0.0.1', resolve),
    )
    again.close()
  })
})

/** A sign-in of which the server has the head and the beginning of the body. */
async function halfSent(port: number, body: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  await once(socket, 'connect')
  const head = ['POST /v1/sessions HTTP/1.1', 'Host: app.example', `Authorization: Bearer ${apiKey}`]
  const length = [
    `Content-Length: ${body.length}`,
    'Content-Type: application/json',
    'X-Forwarded-Proto: https',
  ]
  // The interim answer says that the request has arrived.
  socket.write(`${[...head, ...length, 'Expect: 100-continue'].join('\r\n')}\r\n\r\n${body.slice(0, 5)}`)
  await once(socket, 'data')
  return socket
}

async function refusing(port: number): Promise<void> {
  const attempt = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => {
        socket.destroy()
        resolve(false)
      })
      socket.once('error', () => resolve(true))
    })
  const until = Date.now() + 5000
  while (!(await attempt())) if (Date.now() > until) throw new Error('It still takes connections')
}

describe('while stopping', () => {
  it('the server is not ready, and says so to whoever is still connected', async () => {
    let end = (): void => {}
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(Buffer.from('the beginning'))
        end = () => controller.close()
      },
    })
    const server = await startServer({
      extra: { mount: (app) => void app.get('/slow', () => new Response(stream)) },
    })
    const socket = connect(server.port, '127.0.0.1').setEncoding('utf8')
    let answer = ''
    socket.on('data', (chunk: string) => (answer += chunk))
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(socket, 'data')
    const stopped = server.stop()
    socket.write('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n')
    setTimeout(end, 50)
    await Promise.all([stopped, once(socket, 'close')])
    expect(answer).toContain('HTTP/1.1 503')
    expect(answer).toContain('{"status":"stopping"}')
  })
})

describe('sessions outlive', () => {
  const variables = { SOJOURN_ISSUER: issuer }

  it('R122 a restart, with secret and keys made on first start: tokens go on, and copies of old ones are noticed', async () => {
    const options = {
      folder: folder.path,
      variables: {
        SOJOURN_ISSUER: issuer,
        SOJOURN_TRUSTED_PROXIES: 'loopback',
        SOJOURN_PORT: '0',
        SOJOURN_OVERLAP: '0s',
      },
    }
    const first = await serving([], options)
    running.push(first)
    const path = join(folder.path, '.sojourn', 'credentials.json')
    const file = readFileSync(path, 'utf8')
    const key = (JSON.parse(file) as { apiKey: string }).apiKey
    const authorization = { authorization: `Bearer ${key}` }
    const json = { subject: 'ada', profile: 'bearer' }
    const before = clientOf(first)
    const issued = (await before.ask('POST', '/v1/sessions', { json, headers: authorization })).json()
    const refreshed = await refresh(before, await refresh(before, String(issued['refreshToken'])))
    const { status, stderr } = await first.end('SIGTERM')
    expect(status).toBe(0)
    expect(stderr).toContain(`Made the secret and the API key in ${path}`)
    expect(stderr).not.toContain(key)

    const second = await serving([], options)
    running.push(second)
    expect(readFileSync(path, 'utf8')).toBe(file)
    const client = clientOf(second)
    const bearer = { headers: { authorization: `Bearer ${String(issued['accessToken'])}` } }
    expect((await client.ask('GET', '/session', bearer)).status).toBe(200)
    await refresh(client, refreshed)
    const copy = { refreshToken: issued['refreshToken'] }
    const reused = await client.ask('POST', '/session/refresh', { json: copy })
    expect([reused.status, reused.json()['code']]).toEqual([401, 'session_reused'])
    expect((await second.end('SIGTERM')).stderr).toContain(`Using the secret and the API key in ${path}`)
  })

  it('kill -9: what was answered is there, what was ended stays ended', async () => {
    const first = await start([], variables)
    const client = clientOf(first)
    const [ended, ...live] = [await signIn(client), await signIn(client), await signIn(client)]
    await client.ask('DELETE', `/v1/sessions/${ended.id}`, { headers })
    const { refreshToken } = live[0]
    const refreshed = await client.ask('POST', '/session/refresh', { json: { refreshToken } })
    expect(refreshed.status).toBe(200)
    expect((await first.end('SIGKILL')).status).toBeNull()

    const again = clientOf(await start([], variables))
    const { items } = (await again.ask('GET', '/v1/sessions?subject=ada', { headers })).json() as {
      items: { id: string }[]
    }
    expect(items.map(({ id }) => id).toSorted()).toEqual(live.map(({ id }) => id).toSorted())
    for (const { refreshToken: token, status } of [
      { refreshToken: ended.refreshToken, status: 401 },
      { refreshToken: String(refreshed.json()['refreshToken']), status: 200 },
      { refreshToken: live[1].refreshToken, status: 200 },
    ])
      expect((await again.ask('POST', '/session/refresh', { json: { refreshToken: token } })).status).toBe(
        status,
      )
  })
})

it('the log tells where the audit trail ends, at the start and at the stop', async () => {
  const variables = { SOJOURN_ISSUER: issuer, SOJOURN_LOG_LEVEL: 'info' }
  const endsOf = ({ stdout }: { readonly stdout: string }): unknown[] =>
    stdout
      .split('\n')
      .filter((line) => line.includes('"audit.end"'))
      .map((line) => (JSON.parse(line) as { end: unknown }).end)
  const first = await start([], variables)
  await signIn(clientOf(first))
  const [before, after] = endsOf(await first.end('SIGTERM'))
  // The two events about the first signing key, and the sign-in.
  expect([before, after]).toEqual([null, expect.stringMatching(/^\d:[\w-]{22}$/)])
  const second = await start([], variables)
  const told = await clientOf(second).ask('GET', `/v1/audit/verify?since=${String(after)}`, { headers })
  expect(told.json()).toMatchObject({ ok: true })
  expect(endsOf(await second.end('SIGTERM'))[0]).toBe(after)
})
