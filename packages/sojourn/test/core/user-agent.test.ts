import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deviceLabel, isOlder, isSameBrowser, readUserAgent } from '../../src/core/user-agent.ts'
import { agents } from '../support/user-agents.ts'

describe('a User-Agent header', () => {
  it.each([
    ['firefox', 'Firefox', 'Linux', 140],
    ['chrome', 'Chrome', 'Windows', 141],
    ['edge', 'Edge', 'Windows', 141],
    ['safari', 'Safari', 'Mac', 18],
    ['iphone', 'Safari', 'iPhone', 18],
    ['chromeOnIphone', 'Chrome', 'iPhone', 141],
    ['firefoxOnAndroid', 'Firefox', 'Android', 140],
    ['samsung', 'Samsung Internet', 'Android', 28],
    ['opera', 'Opera', 'Windows', 122],
    ['chromebook', 'Chrome', 'ChromeOS', 141],
  ] as const)('of %s names %s on %s, version %i', (name, product, system, version) => {
    expect(readUserAgent(agents[name])).toEqual({ product, system, version })
    expect(deviceLabel(agents[name])).toBe(`${product} on ${system}`)
  })

  it('of another program is its first product', () => {
    expect(readUserAgent('curl/8.5.0')).toEqual({ product: 'curl', version: 8 })
    expect(readUserAgent('Shop/3 (iPhone; iOS 18)')).toEqual({
      product: 'Shop',
      system: 'iPhone',
      version: 3,
    })
    expect(deviceLabel('Shop/3.1 (iPhone; iOS 18)')).toBe('Shop/3.1')
    expect(deviceLabel('Safari on Mac')).toBe('Safari on Mac')
    expect(readUserAgent('nothing')).toEqual({ product: 'nothing' })
  })

  it.each([undefined, '', '   '])('that says nothing (%j) names nothing', (header) => {
    expect([readUserAgent(header), deviceLabel(header)]).toEqual([undefined, undefined])
  })

  it('may be anything of any length: it is read at once, and its label is short', () => {
    const hostile = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 500, maxLength: 9000 }))
    fc.assert(
      fc.property(hostile, (header) => {
        const read = readUserAgent(header)
        expect(read === undefined).toBe(header.slice(0, 512).trim() === '')
        expect((deviceLabel(header) ?? '').length).toBeLessThanOrEqual(64)
      }),
    )
    expect(readUserAgent(`/${'Version/1 '.repeat(40_000)}`)).toBeDefined()
  })

  it('is compared by product and system, and by version where both have one', () => {
    const [one, two] = [agents.firefox, agents.firefox.replaceAll('140', '139')].map((header) =>
      readUserAgent(header)!,
    )
    expect(isSameBrowser(one!, two!)).toBe(true)
    expect([isOlder(two!, one!), isOlder(one!, two!), isOlder(one!, one!)]).toEqual([true, false, false])
    expect(isSameBrowser(one!, readUserAgent(agents.firefoxOnAndroid)!)).toBe(false)
    expect(isOlder(readUserAgent('nothing')!, one!)).toBe(false)
  })
})
