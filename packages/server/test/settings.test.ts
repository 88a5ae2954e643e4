import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { settle } from '../src/commands/settle.ts'
import { placeOf, SettingsError } from '../src/settings.ts'
import { strangeVariables } from '../src/settings-sources.ts'
import { rowOf, settingNames } from '../src/settings-table.ts'
import { apiKey, secret, temporaryFolder } from './support/server.ts'

const nothingAllowed = {
  allowGeneratedSecrets: false,
  allowHttp: false,
  allowMemoryStore: false,
  isDemo: false,
}
let folder: ReturnType<typeof temporaryFolder>
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

type Values = Readonly<Record<string, unknown>>

function settled(flags: Values, environment: NodeJS.ProcessEnv = {}) {
  return settle(flags, nothingAllowed, { environment, folder: folder.path })
}

async function faultsOf(flags: Values, environment: NodeJS.ProcessEnv = {}): Promise<readonly string[]> {
  try {
    await settled(flags, environment)
  } catch (error) {
    if (error instanceof SettingsError) return error.faults
    throw error
  }
  return []
}

function write(name: string, content: string): void {
  writeFileSync(join(folder.path, name), content)
}

describe('where settings come from', () => {
  it('flags win over variables, variables over the file, and the file over defaults', async () => {
    write('sojourn.config.json', '{ "port": 4001, "host": "localhost", "algorithm": "EdDSA" }')
    const { settings } = await settled({ port: '4003' }, { SOJOURN_PORT: '4002', SOJOURN_HOST: '127.0.0.2' })
    expect(settings).toMatchObject({
      port: 4003,
      host: '127.0.0.2',
      algorithm: 'EdDSA',
      environment: 'development',
      logLevel: 'info',
      trustedProxies: [],
      policy: {},
    })
    expect(settings.store).toMatchObject({ kind: 'sqlite' })
    expect([settings.secrets, settings.apiKey, settings.issuer]).toEqual([undefined, undefined, undefined])
  })

  it.each([
    [
      'sojourn.config.ts',
      'export default { port: 4004 as number, trustedProxies: ["loopback", "10.0.0.0/8"] }',
    ],
    ['sojourn.config.js', 'export default { port: "4004", trustedProxies: "loopback, 10.0.0.0/8" }'],
    ['sojourn.config.json', '{ "port": 4004, "trustedProxies": "loopback,10.0.0.0/8" }'],
  ])('%s is read', async (name, content) => {
    write(name, content)
    const { settings, said } = await settled({})
    expect(settings).toMatchObject({ port: 4004, trustedProxies: ['loopback', '10.0.0.0/8'] })
    expect(placeOf(said, 'port')).toBe(`port in ${name}`)
  })

  it('secrets are never taken from flags', async () => {
    const { settings } = await settled({ secrets: secret, apiKey })
    expect([settings.secrets, settings.apiKey]).toEqual([undefined, undefined])
    for (const name of ['secrets', 'apiKey'] as const) expect(rowOf(name).flag).toBeUndefined()
  })

  it('an empty variable says nothing', async () => {
    expect((await settled({}, { SOJOURN_PORT: '', SOJOURN_SECRETS: '' })).settings.port).toBe(3000)
  })

  it('the environment is that of NODE_ENV, unless it is said', async () => {
    expect((await settled({}, { NODE_ENV: 'test' })).settings.environment).toBe('test')
    const said = await settled({}, { NODE_ENV: 'production', SOJOURN_ENVIRONMENT: 'staging' })
    expect(said.settings.environment).toBe('staging')
  })

  it('variables that only look like settings are noticed', () => {
    const environment = { SOJOURN_SECRET: 'x', SOJOURN_PORT: '1', PATH: '/bin' }
    expect(strangeVariables(environment)).toEqual(['SOJOURN_SECRET'])
  })
})

describe('a configuration file', () => {
  it.each([
    ['{ "port": 1, "colour": "blue", "secret": "x" }', ['"colour", which is no setting', '"secret", which']],
    ['{ "port": ', ['cannot be read']],
    ['[]', ['has no settings: write an object']],
    ['null', ['has no settings']],
    ['{ "__proto__": { "port": 1 } }', ['"__proto__", which is no setting']],
  ])('%s is refused with the reason', async (content, reasons) => {
    write('sojourn.config.json', content)
    const faults = await faultsOf({})
    expect(faults).toHaveLength(reasons.length)
    reasons.forEach((reason, index) => expect(faults[index]).toContain(reason))
  })

  it('that throws, or exports nothing, is explained', async () => {
    write('sojourn.config.js', 'export const port = 1')
    expect(await faultsOf({})).toEqual(['sojourn.config.js has no settings: export default an object'])
  })

  it('is the only one', async () => {
    write('sojourn.config.js', 'export default {}')
    write('sojourn.config.json', '{}')
    expect(await faultsOf({})).toEqual([
      'there are sojourn.config.js and sojourn.config.json: keep one of them',
    ])
  })
})

describe('faults', () => {
  it('are all found at once, each with the place where it was said', async () => {
    write('sojourn.config.json', '{ "logLevel": "loud", "onLimit": "shrug", "extra": 1, "home": {} }')
    const faults = await faultsOf(
      { port: '99999' },
      {
        SOJOURN_STORE: 'mysql://root:hunter2@db/x',
        SOJOURN_ISSUER: 'http://app.example',
        SOJOURN_SECRETS: `${secret},short`,
        SOJOURN_API_KEY: 'short',
        SOJOURN_IDLE: '5 minutes',
        SOJOURN_OVERLAP: '10m',
        SOJOURN_LIMIT: '0',
        SOJOURN_RISK: 'some',
        SOJOURN_RISK_STEP_UP_AT: '70',
        SOJOURN_RISK_END_AT: '70',
        SOJOURN_ALGORITHM: 'none',
        SOJOURN_TRUSTED_PROXIES: 'proxy.internal',
      },
    )
    const beginnings = [
      'sojourn.config.json has "extra"',
      'home in sojourn.config.json must be text',
      '--port is "99999"',
      'SOJOURN_STORE has mysql: and names no store',
      'SOJOURN_API_KEY has 5 characters',
      'SOJOURN_LIMIT is "0"',
      'onLimit in sojourn.config.json is "shrug"',
      'SOJOURN_RISK is "some"',
      'SOJOURN_RISK_STEP_UP_AT is not below SOJOURN_RISK_END_AT',
      'SOJOURN_ALGORITHM is "none"',
      'logLevel in sojourn.config.json is "loud"',
      'SOJOURN_ISSUER is plain http',
      'SOJOURN_IDLE is "5 minutes"; write a duration',
      'SOJOURN_OVERLAP is 600 s, more than a fifth',
      'SOJOURN_SECRETS[1] has 5 characters',
      'SOJOURN_TRUSTED_PROXIES has "proxy.internal"',
    ]
    expect(beginnings.filter((beginning) => faults.some((fault) => fault.startsWith(beginning)))).toEqual(
      beginnings,
    )
    expect(faults).toHaveLength(beginnings.length)
    expect(faults.join()).not.toContain('hunter2')
  })

  it.each([
    [{ SOJOURN_PORT: '3000x' }, 'SOJOURN_PORT'],
    [{ SOJOURN_PORT: '-1' }, 'SOJOURN_PORT'],
    // What Kubernetes sets for a service of this name.
    [{ SOJOURN_PORT: 'tcp://10.0.0.1:80' }, 'SOJOURN_PORT'],
    [{ SOJOURN_STORE: 'sqlite:' }, 'SOJOURN_STORE'],
    [{ SOJOURN_STORE: 'sqlite://sojourn.db' }, 'SOJOURN_STORE'],
    [{ SOJOURN_STORE: 'sqlite::memory:' }, 'SOJOURN_STORE'],
    [{ SOJOURN_STORE: 'memory' }, 'SOJOURN_STORE'],
    [{ SOJOURN_SECRETS: `${secret},` }, 'SOJOURN_SECRETS'],
    [{ SOJOURN_SECRETS: `${secret},${secret}` }, 'SOJOURN_SECRETS[1]'],
    [{ SOJOURN_API_KEY: 'a'.repeat(40) }, 'SOJOURN_API_KEY is too predictable'],
    [{ SOJOURN_API_KEY: `${apiKey} ${apiKey}` }, 'SOJOURN_API_KEY'],
    [{ SOJOURN_ISSUER: 'app.example' }, 'SOJOURN_ISSUER'],
    [{ SOJOURN_IDLE: '2d', SOJOURN_ABSOLUTE: '1d' }, 'SOJOURN_IDLE is longer than SOJOURN_ABSOLUTE'],
    [{ SOJOURN_ACCESS_LIFETIME: '0s' }, 'SOJOURN_ACCESS_LIFETIME'],
    [{ SOJOURN_STATUS_LIST: '5s' }, 'SOJOURN_STATUS_LIST is shorter'],
    [{ SOJOURN_STATUS_LIST: 'on' }, 'SOJOURN_STATUS_LIST is "on"'],
    [{ SOJOURN_STATUS_LIST: '1m', SOJOURN_ALGORITHM: 'HS256' }, 'SOJOURN_STATUS_LIST needs'],
    [{ SOJOURN_IDENTITY_PROVIDERS: 'https://idp.example us' }, 'SOJOURN_IDENTITY_PROVIDERS has'],
    [
      { SOJOURN_IDENTITY_PROVIDERS: 'https://idp.example us http://idp.example/jwks' },
      'SOJOURN_IDENTITY_PROVIDERS [0].jwks is plain http',
    ],
    [
      { SOJOURN_EVENT_TRANSMITTERS: 'http://idp.example us https://idp.example/jwks' },
      'SOJOURN_EVENT_TRANSMITTERS [0].issuer is plain http',
    ],
    [{ SOJOURN_RELYING_PARTIES: 'shop http://shop.example' }, 'SOJOURN_RELYING_PARTIES [0].url'],
    [{ SOJOURN_EVENT_RECEIVERS: 'siem ftp://siem.example' }, 'SOJOURN_EVENT_RECEIVERS [0].url'],
    [
      { SOJOURN_RELYING_PARTIES: 'shop https://shop.example', SOJOURN_ALGORITHM: 'HS256' },
      'SOJOURN_ALGORITHM is HS256',
    ],
  ])('%j is refused once, by its name', async (environment, beginning) => {
    const faults = await faultsOf({}, environment)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(new RegExp(`^${beginning.replace(/[[\]]/g, '\\$&')}`))
  })

  it('never quote a secret', async () => {
    const weak = 'changeme-changeme-changeme-changeme-changeme'
    expect(
      (await faultsOf({}, { SOJOURN_SECRETS: weak, SOJOURN_API_KEY: weak.slice(0, 20) })).join(),
    ).not.toContain('changeme')
  })
})

describe('values', () => {
  it.each([
    ['7d', '7d'],
    ['3600', 3600],
  ])(
    'a lifetime of %s holds for browsers and apps, however long the default idle time is',
    async (text, span) => {
      const { settings } = await settled({}, { SOJOURN_ABSOLUTE: text })
      expect(settings.policy).toEqual({
        cookie: { absolute: span },
        bearer: { absolute: span },
        remember: { absolute: span },
      })
    },
  )

  it('R124: the overlap may be nothing', async () => {
    const { settings } = await settled({}, { SOJOURN_OVERLAP: '0s' })
    expect(settings.policy).toEqual({ overlap: '0s' })
    expect(await faultsOf({}, { SOJOURN_OVERLAP: '0' })).toEqual([])
    expect((await faultsOf({}, { SOJOURN_OVERLAP: '-1s' }))[0]).toContain('SOJOURN_OVERLAP is "-1s"')
  })

  it.each([
    ['sqlite:x/y.db', /\/x\/y\.db$/],
    ['sqlite:./y.db', /[^.]\/y\.db$/],
    ['sqlite:/var/y.db', /^\/var\/y\.db$/],
    ['sqlite:///var/y.db', /^\/var\/y\.db$/],
  ])('%s names a file', async (url, path) => {
    const { store } = (await settled({ store: url })).settings
    expect(store.kind === 'sqlite' && store.path).toMatch(path)
  })

  it('several secrets are for rotation: the first signs, all are accepted', async () => {
    const other = 'kP3xWv8RzT1nYcB6mJ0dHfL5sGqA9uEoI2tKyM4XrVg'
    const { settings } = await settled({}, { SOJOURN_SECRETS: `${secret}, ${other}` })
    expect(settings.secrets).toEqual([secret, other])
  })

  it('have a row in the table for each name', () => {
    expect(new Set(settingNames.map((name) => rowOf(name).variable)).size).toBe(settingNames.length)
  })
})
