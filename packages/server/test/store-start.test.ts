// Starting on a store of another machine: what is told of it, what is not told, and what is refused.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { hasPostgres, startPostgres, type PostgresServer } from '../../sojourn/test/support/postgres.ts'
import { hasRedis, startRedis, type RedisServer } from '../../sojourn/test/support/redis.ts'
import { has } from '../../../tools/services.mjs'
import { readStoreUrl } from '../src/store-url.ts'
import { run, serving, type Ended, type RunningCommand } from './support/command.ts'
import { apiKey, secret, temporaryFolder } from './support/server.ts'

const given = { SOJOURN_SECRETS: secret, SOJOURN_API_KEY: apiKey, SOJOURN_PORT: '0' }
// Each starts processes, and the machine may be busy.
const patient = { timeout: 120_000 }
const password = 'hunter2-and more/of:it@'
const written = encodeURIComponent(password)

const folder = temporaryFolder()
afterAll(() => folder.remove())

const running: RunningCommand[] = []
afterEach(() => Promise.all(running.splice(0).map((command) => command.end('SIGKILL'))))

async function start(
  store: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<RunningCommand> {
  const options = { folder: folder.path, variables: { ...given, SOJOURN_STORE: store, ...variables } }
  const command = await serving([], options)
  running.push(command)
  return command
}

/** Starts in vain. */
function failed(store: string, args: readonly string[] = []): Promise<Ended> {
  return run(['serve', ...args], { folder: folder.path, variables: { ...given, SOJOURN_STORE: store } })
}

/** What a server that has started tells until it is stopped. */
async function told(command: RunningCommand): Promise<string> {
  const { stdout, stderr } = await command.end('SIGTERM')
  return stdout + stderr
}

describe('the URL of a store', () => {
  const nowhere = { isCluster: false, isEncrypted: false, database: 0 }
  it.each([
    ['redis://cache', { ...nowhere, servers: [{ host: 'cache', port: 6379 }], shown: 'redis://cache:6379' }],
    [
      `rediss://app:${written}@cache.example:7000/3?prefix=my:`,
      {
        isEncrypted: true,
        servers: [{ host: 'cache.example', port: 7000 }],
        username: 'app',
        password,
        database: 3,
        prefix: 'my:',
        shown: 'rediss://cache.example:7000/3',
      },
    ],
    [
      `redis+cluster://:${written}@a:1,[::1]:2?replicas=1`,
      {
        isCluster: true,
        servers: [
          { host: 'a', port: 1 },
          { host: '::1', port: 2 },
        ],
        password,
        replicas: { count: 1, within: 500 },
        shown: 'redis+cluster://a:1,[::1]:2',
      },
    ],
    [
      `postgres://app:${written}@db:5432/sessions?sslmode=verify-full&schema=mine`,
      {
        url: `postgres://app:${written}@db:5432/sessions?sslmode=verify-full`,
        hasPassword: true,
        schema: 'mine',
        shown: 'postgres://db:5432/sessions',
      },
    ],
    ['postgresql://db/x', { url: 'postgresql://db/x', hasPassword: false, shown: 'postgres://db/x' }],
  ])('%s is understood', (url, expected) => {
    expect(readStoreUrl(url)).toMatchObject(expected)
  })

  it.each([
    'redis:',
    'redis://',
    'redis://a,b',
    `redis://u:${password}@a`,
    'redis://u:%zz@a',
    'redis://a:99999',
    'redis://a/x',
    'redis://a?replica=1',
    'redis://a?replicas=many',
    'redis://a?replicas=1&replicas-within=0',
    'redis+cluster://a,',
    'redis+cluster://a/1',
    'redis+sentinel://a',
    'postgres:',
    'postgres:///x',
    'postgres://[/x',
    `mysql://u:${written}@a/b`,
  ])('%s is refused, and nothing secret of it is repeated', (url) => {
    const fault = readStoreUrl(url)
    expect(fault).toEqual(expect.any(String))
    expect(fault).not.toMatch(/hunter2/)
  })

  it('a password in a flag is refused, because a list of processes shows it', async () => {
    const { status, stderr } = await failed('', ['--store', `redis://:${written}@127.0.0.1`])
    expect(status).toBe(2)
    expect(stderr).toContain('--store has a password')
    expect(stderr).toContain('SOJOURN_STORE')
    expect(stderr).not.toContain('hunter2')
  })
})

describe('a store that is not there', patient, () => {
  // Of the ports below 1024 nobody listens on this one.
  it.each(['redis://127.0.0.1:9', 'redis+cluster://127.0.0.1:9', 'postgres://nobody@127.0.0.1:9/none'])(
    'R207 %s is named, with the reason, and the status is 2',
    async (url) => {
      const { status, stdout, stderr } = await failed(url)
      expect([status, stdout]).toEqual([2, ''])
      expect(stderr).toContain('SOJOURN_STORE names a store that cannot be used.')
      expect(stderr).toContain(url.replace('nobody@', ''))
      expect(stderr).toMatch(/ECONNREFUSED|unavailable/)
    },
  )
})

describe.skipIf(!hasRedis)('starting on Redis', patient, () => {
  let server: RedisServer
  beforeAll(async () => void (server = await startRedis(['--save', '', '--requirepass', password])))
  afterAll(() => server.close())
  const urlWith = (secretPart: string): string => `redis://:${secretPart}@127.0.0.1:${server.port}`

  it('with its password it starts, and neither the log nor the first lines have it', async () => {
    const command = await start(urlWith(written), { SOJOURN_LOG_LEVEL: 'trace' })
    const all = await told(command)
    expect(all).toContain(`sessions in redis://127.0.0.1:${server.port}`)
    expect(all).not.toMatch(/hunter2/)
  })

  it('with a wrong password it says so, and does not repeat it', async () => {
    const { status, stdout, stderr } = await failed(urlWith('wrong-horse'))
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/WRONGPASS/)
    expect(stderr).not.toMatch(/horse|hunter2/)
  })

  it('A111 R209 an eviction policy that may drop sessions is reported at the start', async () => {
    const loose = await startRedis(['--save', '', '--maxmemory-policy', 'allkeys-lru'])
    const all = await told(await start(loose.url))
    expect(all).toMatch(/"level":"warn".*allkeys-lru.*noeviction/)
    await loose.close()
    expect(await told(await start(urlWith(written)))).not.toMatch(/"level":"warn"/)
  })

  it('tells the log when the connection is lost', async () => {
    const other = await startRedis()
    const command = await start(other.url)
    await other.kill()
    let log = ''
    command.child.stdout?.on('data', (text: string) => (log += text))
    await expect.poll(() => log, patient).toMatch(/"level":"warn".*the connection to the store is lost/)
    await other.close()
  })
})

describe.skipIf(!hasRedis || !has('openssl'))('starting on Redis with TLS', patient, () => {
  const [key, certificate] = [join(folder.path, 'key.pem'), join(folder.path, 'certificate.pem')]
  let server: RedisServer
  let url: string
  beforeAll(async () => {
    const how = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    const whose = ['-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    const made = spawnSync('openssl', [...how, ...whose, '-keyout', key, '-out', certificate])
    if (made.status !== 0) throw new Error(String(made.stderr))
    const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate]
    server = await startRedis(['--save', '', ...files, '--tls-auth-clients', 'no'])
    // A second port, beside that for the tests.
    const port = server.port + 5000
    await server.command('CONFIG', 'SET', 'tls-port', String(port))
    url = `rediss://localhost:${port}`
  })
  afterAll(() => server.close())

  it('trusts a certificate that Node was told to trust', async () => {
    const command = await start(url, { NODE_EXTRA_CA_CERTS: certificate })
    expect(await told(command)).toContain(`sessions in ${url}`)
  })

  it('trusts no other', async () => {
    const { status, stderr } = await failed(url)
    expect(status).toBe(2)
    expect(stderr).toMatch(/certificate/)
  })
})

describe.skipIf(!hasPostgres)('starting on PostgreSQL', patient, () => {
  let server: PostgresServer
  beforeAll(async () => void (server = await startPostgres()))
  afterAll(() => server.remove())

  it('starts with a password that neither the log nor the first lines have, in a schema of choice', async () => {
    const url = server.url.replace('postgres@', `postgres:${written}@`)
    const command = await start(`${url}?schema=mine`, { SOJOURN_LOG_LEVEL: 'trace' })
    const all = await told(command)
    expect(all).toContain(`sessions in postgres://127.0.0.1:${server.port}/postgres`)
    expect(all).not.toMatch(/hunter2/)
  })

  it('refuses a database that there is not, and says so', async () => {
    const { status, stderr } = await failed(server.url.replace(/postgres$/, 'nowhere'))
    expect(status).toBe(2)
    expect(stderr).toMatch(/database "nowhere" does not exist/)
  })

  it('tells the log when the connection is lost, and goes on', async () => {
    const command = await start(server.url)
    let log = ''
    command.child.stdout?.on('data', (text: string) => (log += text))
    await server.restart()
    await expect.poll(() => log, patient).toMatch(/"level":"warn".*the connection to the store is lost/)
    const ready = async (): Promise<number> => (await fetch(`${command.url}/readyz`)).status
    await expect.poll(ready, patient).toBe(200)
  })
})
