import { describe, expect, it } from 'vitest'
import { SojournError } from '../../src/core/errors.ts'
import { createHandler } from '../../src/http/handler.ts'
import { guard } from '../../src/http/guard.ts'
import type { HttpOptions } from '../../src/http/options.ts'
import { tokenBuckets } from '../../src/http/rate-limit.ts'
import { testSojourn } from './support/sojourn.ts'

const { sojourn } = testSojourn()
const read = (options: object = {}) => createHandler(sojourn, options as HttpOptions).settings

function faultsOf(options: object): string {
  try {
    read(options)
  } catch (error) {
    if (error instanceof SojournError && error.code === 'config_invalid') return error.message
    throw error
  }
  return ''
}

describe('the HTTP options', () => {
  it('are right on the open internet when nothing is said', () => {
    const settings = read()
    expect(settings).toMatchObject({
      prefix: '/session',
      visitors: 'origin',
      backgroundHeader: 'x-background',
      clearSiteData: '"cache", "storage"',
      transport: { trustedProxies: [], hosts: undefined, isProduction: false },
    })
    expect(settings.trustedOrigins.size).toBe(0)
    expect(settings.limiter).toBeDefined()
  })

  it('know production by the name of the environment', () => {
    const production = testSojourn({ environment: 'production' }).sojourn
    expect(createHandler(production).settings.transport.isProduction).toBe(true)
  })

  it.each([
    [{ trustedProxy: ['loopback'] }, 'trustedProxy is no option'],
    [{ prefix: 'session' }, 'prefix'],
    [{ prefix: '/' }, 'prefix'],
    [{ prefix: '/session/' }, 'prefix'],
    [{ prefix: '/a/../b?c' }, 'prefix'],
    [{ prefix: '' }, 'prefix'],
    [{ visitors: 'nobody' }, 'visitors'],
    [{ trustedProxies: ['proxy.internal'] }, 'trustedProxies'],
    [{ trustedProxies: ['10.0.0.0/33'] }, 'trustedProxies'],
    [{ trustedProxies: ['*'] }, 'trustedProxies'],
    [{ trustedOrigins: ['admin.example'] }, 'trustedOrigins'],
    [{ trustedOrigins: ['https://admin.example/'] }, 'trustedOrigins'],
    [{ trustedOrigins: ['null'] }, 'trustedOrigins'],
    [{ trustedOrigins: ['https://*.example'] }, 'trustedOrigins'],
    [{ hosts: ['https://app.example'] }, 'hosts'],
    [{ hosts: [] }, 'hosts'],
    [{ backgroundHeader: 'x background' }, 'backgroundHeader'],
    [{ backgroundHeader: '' }, 'backgroundHeader'],
    [{ clearSiteData: ['everything'] }, 'clearSiteData'],
    [{ rateLimit: { requests: 0, per: '1m' } }, 'rateLimit'],
    [{ rateLimit: { requests: 1, per: 'soon' } }, 'rateLimit'],
    [{ cookies: { domain: 'app.example' } }, 'cookies.domain'],
  ])('R63 R35: %j is refused by name', (options, named) => {
    expect(faultsOf(options)).toContain(named)
  })

  it('are refused with all faults at once', () => {
    const message = faultsOf({
      prefix: 'x',
      visitors: 'x',
      trustedProxies: ['x'],
      trustedOrigins: ['x'],
      cookies: { path: 'x' },
    })
    for (const named of ['prefix', 'visitors', 'trustedProxies', 'trustedOrigins', 'cookies.path']) {
      expect(message).toContain(`\n  - ${named}`)
    }
  })

  it('take a limiter of your own, or none', () => {
    const own = tokenBuckets({ requests: 1, per: '1s' })
    expect(read({ rateLimit: own }).limiter).toBe(own)
    expect(read({ rateLimit: false }).limiter).toBeUndefined()
  })

  it('compare hosts without regard to case', () => {
    expect([...read({ hosts: ['App.Example:8443'] }).transport.hosts!]).toEqual(['app.example:8443'])
  })

  it('R195: name what sign-out clears in the exact quoting of Clear-Site-Data', () => {
    expect(read({ clearSiteData: ['cookies', 'executionContexts'] }).clearSiteData).toBe(
      '"cookies", "executionContexts"',
    )
    expect(read({ clearSiteData: [] }).clearSiteData).toBe('')
  })
})

describe('the needs of a guard', () => {
  it('are read when it is made, not when it is too late', () => {
    expect(() => guard({ freshWithin: 'soon' as '1m' })).toThrow(RangeError)
  })
})
