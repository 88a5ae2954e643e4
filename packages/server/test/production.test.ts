import { describe, expect, it } from 'vitest'

import { settle } from '../src/commands/settle.ts'
import type { Allowances } from '../src/production.ts'
import { SettingsError } from '../src/settings.ts'
import { run } from './support/command.ts'
import { apiKey, secret, temporaryFolder } from './support/server.ts'

const fit = {
  NODE_ENV: 'production',
  SOJOURN_ISSUER: 'https://app.example',
  SOJOURN_SECRETS: secret,
  SOJOURN_API_KEY: apiKey,
  SOJOURN_TRUSTED_PROXIES: '10.0.0.0/8',
  SOJOURN_STORE: 'sqlite:/var/lib/sojourn/sojourn.db',
}

async function refusals(
  environment: NodeJS.ProcessEnv,
  allowed: Partial<Allowances> = {},
): Promise<readonly string[]> {
  const allowances = {
    allowGeneratedSecrets: false,
    allowHttp: false,
    allowMemoryStore: false,
    isDemo: false,
    ...allowed,
  }
  try {
    await settle({}, allowances, { environment, folder: '/nowhere' })
  } catch (error) {
    if (error instanceof SettingsError) return error.faults
    throw error
  }
  return []
}

describe('R216 a production server', () => {
  it('starts when everything is said', async () => {
    expect(await refusals(fit)).toEqual([])
  })

  it.each([
    ['SOJOURN_SECRETS', undefined, 'SOJOURN_SECRETS is missing', 'allowGeneratedSecrets'],
    ['SOJOURN_API_KEY', undefined, 'SOJOURN_API_KEY is missing', 'allowGeneratedSecrets'],
    ['SOJOURN_TRUSTED_PROXIES', undefined, 'this server speaks plain HTTP', 'allowHttp'],
    ['SOJOURN_ISSUER', 'http://localhost:3000', 'SOJOURN_ISSUER names this machine', 'allowHttp'],
    ['SOJOURN_STORE', 'memory:', 'SOJOURN_STORE is a store that forgets', 'allowMemoryStore'],
  ] as const)('refuses %s as %s, unless that is meant', async (name, value, beginning, flag) => {
    const environment = { ...fit, [name]: value }
    const faults = await refusals(environment)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(new RegExp(`^${beginning}`))
    expect(faults[0]).toContain(`--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`)
    expect(await refusals(environment, { [flag]: true })).toEqual([])
  })

  it.each([
    [{ SOJOURN_ISSUER: undefined }, 'SOJOURN_ISSUER is missing'],
    [{ SOJOURN_ISSUER: 'http://app.example' }, 'SOJOURN_ISSUER is plain http'],
    [{ SOJOURN_SECRETS: 'secret' }, 'SOJOURN_SECRETS[0] has 6 characters'],
  ])('refuses %j whatever is allowed', async (change, beginning) => {
    const all = { allowGeneratedSecrets: true, allowHttp: true, allowMemoryStore: true }
    const faults = await refusals({ ...fit, ...change }, all)
    expect(faults.map((fault) => fault.slice(0, beginning.length))).toEqual([beginning])
  })

  it('says everything at once, and exits with status 2', async () => {
    const folder = temporaryFolder()
    const { status, stderr, stdout } = await run(['serve', '--demo', '--store', 'memory:'], {
      folder: folder.path,
      variables: { NODE_ENV: 'production' },
    })
    folder.remove()
    expect(status).toBe(2)
    expect(stdout).toBe('')
    for (const reason of [
      '--demo',
      'SOJOURN_ISSUER',
      'SOJOURN_SECRETS',
      'SOJOURN_API_KEY',
      'plain HTTP',
      '--store',
    ])
      expect(stderr).toContain(`  - ${reason === 'plain HTTP' ? 'this server speaks plain HTTP' : reason}`)
  })
})

describe('outside of production', () => {
  it('nothing has to be said', async () => {
    expect(await refusals({})).toEqual([])
    expect(await refusals({ SOJOURN_STORE: 'memory:', NODE_ENV: 'test' })).toEqual([])
  })
})
