import { describe, expect, it } from 'vitest'
import { SojournError } from '../../src/core/errors.ts'
import { isLoopbackHost, issuerFault, readOptions } from '../../src/core/options.ts'
import { memoryStore } from '../../src/memory.ts'
import { issuer, secret } from '../support/secrets.ts'

const needed = { issuer, secrets: [secret()], store: memoryStore() }

/** The faults of a configuration, one by one; anything else that is thrown is thrown on. */
function faultsOf(change: object): string[] {
  try {
    readOptions(Object.assign({}, needed, change))
  } catch (error) {
    if (error instanceof SojournError && error.code === 'config_invalid')
      return error.detail.split('\n  - ').slice(1)
    throw error
  }
  return []
}

describe('a configuration', () => {
  it('needs issuer, secrets and store; the rest is right for the open internet', () => {
    const settings = readOptions(needed)
    expect(settings).toMatchObject({
      issuer,
      audience: issuer,
      clientId: issuer,
      algorithm: 'HS256',
      clockTolerance: 10_000,
      onInterruptedFeed: 'strict',
      feedPatience: 10_000,
      cacheSize: 10_000,
      schedule: { rotateEvery: 30 * 24 * 3_600_000, publishBefore: 3_600_000 },
    })
  })

  it('has no member that there is not: whoever misspells one believes that it holds', () => {
    const change = {
      isuer: 'https://app.example',
      policy: { absolute: '20m', cookie: { idel: '5m' }, limit: { count: 3, perkind: true } },
      keys: { rotate: '1d' },
    }
    expect(faultsOf(change).map((fault) => fault.split(';')[0])).toEqual([
      'isuer is no option',
      'policy.absolute is no option',
      'policy.cookie.idel is no option',
      'policy.limit.perkind is no option',
      'keys.rotate is no option',
    ])
    expect(faultsOf({ policy: { __proto__: { absolute: '20m' } }, audience: undefined })).toEqual([])
  })

  it('keeps a retired key for longer than any access token lives', () => {
    const { schedule } = readOptions({ ...needed, policy: { remember: { access: '2h' } } })
    expect(schedule.retireAfter).toBeGreaterThan(2 * 3_600_000)
  })

  it('uses the feed of the store where it has one', () => {
    const feed = { announce: async () => {}, follow: () => ({ upToDateAt: () => 0, close: () => {} }) }
    const store = Object.assign(memoryStore(), feed)
    expect(readOptions({ ...needed, store }).feed).toBe(store)
    expect(readOptions({ ...needed, feed }).feed).toBe(feed)
    expect(readOptions(needed).feed).not.toBe(needed.store)
  })

  it('is refused with all of its faults at once', () => {
    const faults = faultsOf({ issuer: 'app', secrets: ['short'], store: {}, algorithm: 'none', cacheSize: 0 })
    expect(faults.join('\n')).toMatch(/issuer[^]*store[^]*secrets\[0\][^]*algorithm[^]*cacheSize/)
  })

  it('is refused without anything at all, in words', () => {
    const faults = faultsOf({ issuer: undefined, secrets: undefined, store: undefined })
    expect(faults.join('\n')).toMatch(/issuer is missing[^]*store has no insert[^]*secrets is empty/)
  })

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['an empty audience', { audience: '' }, /^audience/],
    ['an audience that is a list', { audience: [issuer] }, /^audience/],
    ['an empty client id', { clientId: '' }, /^clientId/],
    ['an empty environment', { environment: '' }, /^environment/],
    ['secrets that are a text', { secrets: secret() }, /^secrets is not a list/],
    // It threw "Cannot use 'in' operator".
    ['a store that is a name', { store: 'memory' }, /^store has no insert/],
    ['a store that is null', { store: null }, /^store has no insert/],
    ['a feed that is none', { feed: {} }, /^feed/],
    ['an algorithm that does not sign', { algorithm: 'none' }, /^algorithm is "none"/],
    ['an algorithm that we do not have', { algorithm: 'HS512' }, /^algorithm/],
    ['an algorithm that is inherited', { algorithm: 'constructor' }, /^algorithm/],
    [
      'a tolerance of more than two minutes (R96)',
      { clockTolerance: '301s' },
      /^clockTolerance is longer than 2m/,
    ],
    ['a tolerance that is no duration', { clockTolerance: 'soon' }, /^clockTolerance is "soon"/],
    ['a patience that is negative', { feedPatience: -1 }, /^feedPatience/],
    ['a cache without room', { cacheSize: 0.5 }, /^cacheSize/],
    ['an unknown way to treat an interrupted feed', { onInterruptedFeed: 'ignore' }, /^onInterruptedFeed/],
    [
      'keys that are published for too long',
      { keys: { rotateEvery: '1h', publishBefore: '31m' } },
      /publishBefore is more than half/,
    ],
    // Other nodes look for new keys once a minute: they refused its first tokens.
    [
      'keys that are published too late',
      { keys: { publishBefore: '1m' } },
      /publishBefore is shorter than 2m/,
    ],
    ['keys that last too long', { keys: { rotateEvery: '400d' } }, /rotateEvery is longer/],
    ['a schema version below one', { schemaVersion: 0 }, /^schemaVersion/],
    [
      'a schema version without a migration',
      { schemaVersion: 2 },
      /^schemaVersion is 2, but there is no migrate/,
    ],
    ['a migration that cannot be called', { schemaVersion: 2, migrate: {} }, /^migrate/],
    [
      'claims that are no Standard Schema',
      { claims: { parse: () => ({}) } },
      /^claims is not a Standard Schema/,
    ],
    ['data that is no Standard Schema', { data: null }, /^data is not a Standard Schema/],
    ['listeners that are no list', { listeners: () => {} }, /^listeners/],
    ['a listener that cannot be called', { listeners: [{}] }, /^listeners/],
    ['a clock that is an instant', { clock: 0 }, /^clock/],
    ['randomness that cannot be asked', { random: 4 }, /^random/],
  ])('is refused with %s', (_, change, fault) => {
    const faults = faultsOf(change)
    expect(faults.join('\n')).toMatch(fault)
    expect(faults.length).toBeGreaterThan(0)
  })

  it.each<[string, Record<string, unknown>]>([
    ['a tolerance in seconds', { clockTolerance: 120 }],
    ['each algorithm', { algorithm: 'Ed25519' }],
    ['keys that turn every hour', { keys: { rotateEvery: '1h', publishBefore: '30m' } }],
    [
      'a schema that is a function',
      {
        claims: Object.assign(() => {}, {
          '~standard': { version: 1, vendor: 'x', validate: () => ({ value: {} }) },
        }),
      },
    ],
  ])('is accepted with %s', (_, change) => {
    expect(faultsOf(change)).toEqual([])
  })

  it('never quotes a secret in what it says', () => {
    const weak = 'hunter2-hunter2-hunter2-hunter2-hunter2-hunter2'
    expect(faultsOf({ secrets: [weak, 'hunter2'] }).join('\n')).not.toContain('hunter2')
  })
})

describe('an issuer', () => {
  it.each([
    'https://app.example',
    'https://app.example/auth',
    'https://app.example:8443',
    'http://localhost:3000',
    'http://127.0.0.1',
    'http://[::1]:80',
    'http://app.localhost',
  ])('may be %s', (text) => {
    expect(issuerFault(text)).toBeUndefined()
  })

  it.each([
    ['', 'missing'],
    ['app.example', 'not an http(s) URL'],
    ['https:app.example', 'not an http(s) URL'],
    ['https:/app.example', 'not an http(s) URL'],
    ['ftp://app.example', 'not an http(s) URL'],
    ['javascript:alert(1)', 'not an http(s) URL'],
    ['https://', 'not an http(s) URL'],
    [' https://app.example', 'not an http(s) URL'],
    ['https://app.example ', 'not an http(s) URL'],
    ['https://app.exa\nmple', 'not an http(s) URL'],
    ['https://app.example?a=b', 'query'],
    ['https://app.example/?', 'query'],
    ['https://app.example#', 'fragment'],
    ['https://app.example/#top', 'fragment'],
    ['https://me@app.example', 'credentials'],
    ['https://me:pass@app.example', 'credentials'],
    ['http://app.example', 'plain http'],
    ['http://localhost.app.example', 'plain http'],
    ['http://127.0.0.1.app.example', 'plain http'],
    ['http://10.0.0.1', 'plain http'],
  ])('may not be "%s"', (text, why) => {
    expect(issuerFault(text)).toContain(why)
  })

  it('is on this machine only for names and addresses that cannot be another’s', () => {
    const local = ['localhost', 'a.localhost', '127.0.0.1', '127.1.2.3', '[::1]']
    const remote = [
      'localhost.example',
      'notlocalhost',
      '128.0.0.1',
      '127.0.0.1.example',
      '[::2]',
      '0.0.0.0',
      '',
    ]
    expect(local.filter(isLoopbackHost)).toEqual(local)
    expect(remote.filter(isLoopbackHost)).toEqual([])
  })
})
