import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { has } from '../../../../tools/services.mjs'
import { newSecret, readOrCreateCredentials } from '../../src/credentials-file.ts'
import { hasRedis, startRedis } from '../../../sojourn/test/support/redis.ts'
import { run, serving, type Ended } from '../support/command.ts'
import { temporaryFolder } from '../support/server.ts'
import {
  badApplication,
  bearerApplication,
  credentialsFile,
  defaultExpressSession,
  leadingAway,
  listen,
  password,
  securedBehindNothing,
  type Running,
} from './support.ts'

let folder: ReturnType<typeof temporaryFolder>
let running: Running | undefined
beforeAll(() => {
  folder = temporaryFolder()
})
afterAll(() => folder.remove())
afterEach(async () => {
  await running?.stop()
  running = undefined
})

const command = fileURLToPath(new URL('../../bin/sojourn.mjs', import.meta.url))
const file = (name: string): string => join(folder.path, name)
const doctor = (args: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  run(['doctor', ...args], { folder: folder.path, variables })
const asAda = (url: string): readonly string[] => [
  '--url',
  url,
  '--page',
  '/me',
  '--sign-in',
  'POST /login',
  '--sign-out',
  'POST /logout',
  '--credentials',
  credentialsFile(folder.path, { name: 'ada', password }),
]

interface Told {
  readonly of: string
  readonly faults: readonly string[]
  readonly checks: readonly { readonly id: string; readonly verdict: string; readonly seen: string }[]
}

async function opinion(args: readonly string[], variables?: Readonly<Record<string, string>>) {
  const { status, stdout } = await doctor([...args, '--json'], variables)
  const told = JSON.parse(stdout) as Told
  const having = (verdict: string): readonly string[] =>
    told.checks.filter((check) => check.verdict === verdict).map(({ id }) => id)
  return { status, stdout, told, failed: having('fail'), passed: having('pass'), unseen: having('not seen') }
}

/** The table in the guide, which is as it was printed but for the port and what differs from run to run. */
function inGuide(of: string): string {
  const guide = readFileSync(new URL('../../../../docs/guides/doctor.md', import.meta.url), 'utf8')
  const table = guide.split('```').find((fence) => fence.includes(`The doctor on ${of}\n`))
  return steady(table?.replace(/^text\n/, '') ?? '')
}

function steady(table: string): string {
  return table
    .replaceAll(/(127\.0\.0\.1|localhost):\d+/g, '$1:PORT')
    .replaceAll(/\d+ (bits|kB|answers|files|s apart)/g, 'N $1')
}

describe('sojourn doctor --url', () => {
  it('finds everything in an application that does everything wrong, and prints no credential', async () => {
    const log = file('bad.log')
    writeFileSync(log, '')
    running = await listen(badApplication((line) => appendFileSync(log, `${line}\n`)))
    const { status, failed, passed, unseen, stdout } = await opinion([...asAda(running.url), '--log', log])
    expect(status).toBe(1)
    expect(passed).toEqual(['dropped'])
    expect(unseen).toEqual(['refresh', 'storedTokens', 'sharedSecret', 'eviction'])
    expect(failed).toHaveLength(24)
    expect(readFileSync(log, 'utf8')).toContain('eyJ')
    expect(stdout).not.toMatch(/eyJ|=100\d/)
    expect(stdout).not.toContain(password)

    const { stdout: table } = await doctor([...asAda(running.url), '--log', log])
    expect(steady(table)).toBe(inGuide('http://127.0.0.1:4001'))
  })

  it('finds in express-session as its README begins what that leaves to the application', async () => {
    running = await listen(defaultExpressSession())
    const { status, failed } = await opinion(asAda(running.url))
    expect(status).toBe(1)
    expect(failed).toEqual([
      'https',
      'cookieFlags',
      'strongSecrets',
      'signOut',
      'csrf',
      'shortSecrets',
      'plainHttp',
      'cacheable',
      'weakSecrets',
      'hsts',
      'fixation',
    ])
    const { stdout } = await doctor(asAda(running.url))
    expect(steady(stdout)).toBe(inGuide('http://127.0.0.1:4002'))
  })

  it('tells who is signed in by a page that says something else to strangers, too', async () => {
    running = await listen(defaultExpressSession())
    const { failed, passed } = await opinion(asAda(running.url).with(3, '/hello'))
    for (const id of ['signOut', 'csrf', 'fixation']) expect(failed).toContain(id)
    for (const id of ['validation', 'signatures', 'dropped']) expect(passed).toContain(id)
  })

  it('judges an application whose tokens travel in a header', async () => {
    running = await listen(bearerApplication(newSecret()))
    const { failed, passed, unseen } = await opinion([...asAda(running.url), '--send-as', 'json'])
    for (const id of ['tokenExpiry', 'validation', 'tokenData', 'signatures', 'weakSecrets', 'timeouts'])
      expect(passed).toContain(id)
    expect(failed).toEqual(['https', 'signOut', 'hsts'])
    for (const id of ['csrf', 'cookieFlags', 'strongSecrets', 'fixation', 'plainHttp'])
      expect(unseen).toContain(id)
  })

  it('finds a secret that everybody knows by the signature of a token', async () => {
    running = await listen(bearerApplication('your-256-bit-secret'))
    const { failed, stdout } = await opinion([...asAda(running.url), '--send-as', 'json'])
    for (const id of ['strongSecrets', 'shortSecrets', 'weakSecrets']) expect(failed).toContain(id)
    expect(stdout).not.toMatch(/eyJ|your-256/)
  })

  it('finds cookies that a proxy without X-Forwarded-Proto makes the application drop', async () => {
    running = await listen(securedBehindNothing())
    const { told, failed } = await opinion(asAda(running.url))
    expect(failed).toContain('dropped')
    expect(told.checks.find(({ id }) => id === 'dropped')?.seen).toBe(
      'the sign-in answers 302 and gives neither a cookie nor a token',
    )
  })

  it('without a sign-in says what it could not see, and does not pass it', async () => {
    running = await listen(defaultExpressSession())
    const { passed, unseen } = await opinion(['--url', running.url])
    expect(passed).toEqual(['tokensInUrls', 'localStorage', 'twice', 'clock'])
    for (const id of ['validation', 'signOut', 'csrf', 'signatures', 'fixation']) expect(unseen).toContain(id)
  })

  it('says that it was not let in, or that nobody answers, with status 1', async () => {
    running = await listen(defaultExpressSession())
    const credentials = credentialsFile(folder.path, { name: 'ada', password: 'wrong' })
    const refused = await doctor([
      '--url',
      running.url,
      '--sign-in',
      'POST /login',
      '--credentials',
      credentials,
    ])
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused.stderr).toContain('POST /login answers 401')
    expect(refused.stderr).not.toContain('wrong')
    const { url } = running
    await running.stop()
    running = undefined
    const silent = await doctor(['--url', url])
    expect(silent).toMatchObject({ status: 1, stdout: '' })
    expect(silent.stderr).toContain('does not answer')
  })

  it('asks no other origin, whatever the application leads to', async () => {
    const asked: string[] = []
    const other = await listen(defaultExpressSession((path) => asked.push(path)))
    running = await listen(leadingAway(other.url))
    const { told } = await opinion(['--url', running.url, '--page', '/away'])
    await other.stop()
    expect(told.checks.find(({ id }) => id === 'localStorage')?.verdict).toBe('pass')
    expect(asked).toEqual([])
  })

  it.each([
    [['--url', 'ftp://app.example'], '--url must be an origin'],
    [['--url', 'https://app.example/me'], '--page'],
    [['--url', 'http://127.0.0.1:1', '--sign-in', 'POST /x'], 'belong together'],
    [['--url', 'http://127.0.0.1:1', '--sign-out', 'logout'], "'POST /sign-in'"],
    [['--page', '/me'], '--url is missing'],
    [['--password', 'x'], "unknown option '--password'"],
  ])('%j is a mistake: status 2', async (args, said) => {
    const { status, stdout, stderr } = await doctor(args)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(said)
  })

  it('takes credentials from standard input', async () => {
    running = await listen(defaultExpressSession())
    const args = asAda(running.url).map((arg) => (arg.endsWith('.json') ? '-' : arg))
    const child = spawn(process.execPath, [command, 'doctor', ...args, '--json'], { cwd: folder.path })
    child.stdin.end(JSON.stringify({ name: 'ada', password }))
    let told = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text))
    const [status] = (await once(child, 'close')) as [number]
    expect(status).toBe(1)
    expect((JSON.parse(told) as Told).checks.find(({ id }) => id === 'dropped')?.verdict).toBe('pass')
  })

  it('takes no credentials from a file that others can read', async () => {
    const open = credentialsFile(folder.path, { name: 'ada', password }, 0o644)
    const { status, stderr } = await doctor([
      '--url',
      'http://127.0.0.1:1',
      '--sign-in',
      'POST /x',
      '--credentials',
      open,
    ])
    expect(status).toBe(2)
    expect(stderr).toContain('chmod 600')
  })
})

describe.skipIf(!has('openssl') && process.env['CI'] !== 'true')('sojourn doctor on our demo', () => {
  it('everything that is seen passes', async () => {
    const certificate = makeCertificate()
    const demo = await startDemo(certificate)
    const args = [
      '--url',
      demo.url,
      '--ca',
      certificate.cert,
      '--log',
      demo.log,
      '--page',
      '/session',
      '--sign-in',
      'POST /demo/sign-in',
      '--send-as',
      'json',
      '--csrf-from',
      '/session/csrf',
      '--credentials',
      credentialsFile(folder.path, { person: 'ada' }),
      '--refresh',
      'POST /session/refresh',
      '--sign-out',
      'POST /session/logout',
    ]
    try {
      const { status, failed, unseen } = await opinion(args)
      expect(failed).toEqual([])
      expect(unseen).toEqual([
        'storedTokens',
        'strongSecrets',
        'timeouts',
        'shortSecrets',
        'ignoredExpiry',
        'sharedSecret',
        'eviction',
        'weakSecrets',
      ])
      expect(status).toBe(0)
      const { stdout } = await doctor(args)
      expect(steady(stdout)).toBe(inGuide('https://localhost:4003'))
    } finally {
      await demo.stop()
    }
  })

  function makeCertificate(): { readonly cert: string; readonly key: string } {
    const [cert, key] = [file('cert.pem'), file('key.pem')]
    const kind = [
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    const made = spawnSync('openssl', ['req', ...kind, '-keyout', key, '-out', cert, ...subject])
    expect(made.status).toBe(0)
    return { cert, key }
  }
})

/** The demo over TLS, with its log in a file. */
async function startDemo({ cert, key }: { readonly cert: string; readonly key: string }) {
  const log = file('demo.log')
  const child = spawn(process.execPath, [command, 'serve', '--demo', '--port', '0'], {
    cwd: folder.path,
    env: {
      PATH: process.env['PATH'],
      SOJOURN_TLS_CERT: cert,
      SOJOURN_TLS_KEY: key,
      SOJOURN_LOG_LEVEL: 'info',
      SOJOURN_HOME: file('demo'),
    },
    stdio: ['ignore', openSync(log, 'w'), 'pipe'],
  })
  const ended = once(child, 'exit')
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const port = /serving on https:\/\/\S+:(\d+)/.exec(said)?.[1]
      if (port !== undefined) resolve(`https://localhost:${port}`)
    })
    void ended.then(() => reject(new Error(said)))
  })
  return {
    url,
    log,
    async stop(): Promise<void> {
      child.kill('SIGTERM')
      await ended
    },
  }
}

describe('sojourn doctor on settings', () => {
  const secret = newSecret()
  const production = {
    SOJOURN_ENVIRONMENT: 'production',
    SOJOURN_ISSUER: 'https://app.example',
    SOJOURN_SECRETS: secret,
    SOJOURN_API_KEY: `sjk_${newSecret()}`,
    SOJOURN_TRUSTED_PROXIES: 'loopback',
  }

  it('passes good ones, and makes nothing', async () => {
    const { status, failed, passed, told } = await opinion([], { ...production, SOJOURN_HOME: file('none') })
    expect([failed, told.faults, status]).toEqual([[], [], 0])
    for (const id of ['https', 'strongSecrets', 'timeouts', 'eventsLogged', 'dropped'])
      expect(passed).toContain(id)
    expect(existsSync(file('none'))).toBe(false)
  })

  it('tells for what a server would not start, and never the secret itself', async () => {
    const weak = 'keyboard cat'.repeat(4)
    const { status, failed, told, stdout } = await opinion([], {
      SOJOURN_ENVIRONMENT: 'production',
      SOJOURN_ISSUER: 'http://app.example',
      SOJOURN_SECRETS: weak,
      SOJOURN_AUDIT: 'off',
      SOJOURN_ACCESS_LIFETIME: '12h',
      SOJOURN_IDLE: '13h',
    })
    expect(status).toBe(1)
    expect(told.faults.join(' ')).toContain('SOJOURN_API_KEY is missing')
    for (const id of ['https', 'strongSecrets', 'shortSecrets', 'plainHttp', 'eventsLogged'])
      expect(failed).toContain(id)
    expect(stdout).not.toContain('keyboard cat')
  })

  it('finds a secret that development made, and one that is the API key, too', async () => {
    const home = file('reused')
    const kept = readOrCreateCredentials(home)
    const { failed } = await opinion(['--home', home], {
      ...production,
      SOJOURN_SECRETS: kept.secrets[0]!,
      SOJOURN_API_KEY: kept.secrets[0]!,
    })
    expect(failed).toEqual(['sharedSecret', 'weakSecrets'])
  })

  it('looks into the store: its entries hold nothing that signs anybody in', async () => {
    const home = file('with-sessions')
    const server = await serving(['--port', '0', '--home', home], { folder: folder.path })
    const { apiKey } = readOrCreateCredentials(home)
    const told = await fetch(`${server.url}/v1/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ subject: 'ada', profile: 'bearer' }),
    })
    expect(told.status).toBe(201)
    const { told: seen } = await opinion(['--home', home])
    await server.end('SIGTERM')
    expect(seen.checks.find(({ id }) => id === 'storedTokens')).toMatchObject({ verdict: 'pass' })
    expect(seen.checks.find(({ id }) => id === 'strongSecrets')).toMatchObject({ verdict: 'pass' })

    const database = new DatabaseSync(join(home, 'sojourn.db'))
    const planted = `sj_${newSecret()}${newSecret()}`
    database.prepare('UPDATE entry SET state = ?').run(planted)
    database.close()
    const { failed, stdout } = await opinion(['--home', home])
    expect(failed).toEqual(['storedTokens'])
    expect(stdout).not.toContain(planted)
  })

  it.skipIf(!hasRedis && process.env['CI'] !== 'true')('finds a Redis that may let sessions go', async () => {
    const redis = await startRedis([
      '--save',
      '',
      '--maxmemory',
      '100mb',
      '--maxmemory-policy',
      'allkeys-lru',
    ])
    const { failed, told } = await opinion([], { ...production, SOJOURN_STORE: redis.url })
    await redis.close()
    expect(failed).toEqual(['eviction'])
    expect(told.checks.find(({ id }) => id === 'eviction')?.seen).toContain('allkeys-lru')
    const gone = await opinion([], { ...production, SOJOURN_STORE: redis.url })
    expect(gone.failed).toEqual(['storedTokens'])
  })
})
