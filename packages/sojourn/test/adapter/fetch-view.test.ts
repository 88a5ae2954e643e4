import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fetchView } from '../../src/adapter/shared-fetch.ts'

const pieces = [
  '/',
  'a',
  'b.c',
  '.',
  '..',
  '%2e',
  '%41',
  '?',
  '#',
  '\\',
  '=',
  '&',
  ' ',
  '"',
  'ä',
  ':',
  '@',
  '\t',
  '~',
  '-',
  '_',
  '+',
]

describe('the target of a Request', () => {
  it.each([
    ['https://app.example/', '/'],
    ['https://app.example', '/'],
    ['http://127.0.0.1:3000/session/devices?x=1&y=a.b', '/session/devices?x=1&y=a.b'],
    ['https://app.example/a/../session/logout', '/session/logout'],
    ['https://app.example/a/%2E%2e/session', '/session'],
    ['https://app.example/a/./b/.', '/a/b/'],
    ['https://app.example\\session', '/session'],
    ['https://app.example/session?', '/session'],
    ['https://app.example/session#part', '/session'],
  ])('of %s is %s', (url, target) => {
    expect(targetOf(url)).toBe(target)
  })

  it('is what a URL parser makes of it, whatever stands in it', () => {
    const address = fc.constantFrom('http://h', 'https://x.example:8443', 'http://127.0.0.1:80')
    const rest = fc.array(fc.constantFrom(...pieces), { maxLength: 12 })
    fc.assert(
      fc.property(address, rest, (start, end) => {
        const url = start + end.join('')
        fc.pre(URL.canParse(url))
        const { pathname, search } = new URL(url)
        expect(targetOf(url)).toBe(pathname + search)
      }),
      { numRuns: 2000 },
    )
  })
})

// As servers make one that have not parsed its URL.
function targetOf(url: string): string {
  return fetchView({ url, method: 'GET', headers: new Headers() } as Request).target
}
