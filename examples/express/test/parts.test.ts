import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Request } from 'express'
import { expect, expectTypeOf, it } from 'vitest'

import { deviceLabel } from '../src/device-label.ts'
import { createPasswords } from '../src/passwords.ts'
import type { Claims, Data } from '../src/schema.ts'
import { readSecrets } from '../src/secret.ts'
import '../src/sojourn.ts'
import { network } from '../src/throttle.ts'

it('knows the types of claims and data at every request', () => {
  type Exchange = Request['sojourn']
  expectTypeOf<NonNullable<Exchange['session']>['claims']>().toEqualTypeOf<Claims>()
  expectTypeOf<NonNullable<Awaited<ReturnType<Exchange['load']>>>['data']>().toEqualTypeOf<Data>()
  expectTypeOf<Parameters<Exchange['signIn']>[0]['claims']>().toEqualTypeOf<Claims | undefined>()
})

it('keeps passwords as scrypt hashes that tell their parameters, and knows dated ones', async () => {
  const passwords = createPasswords()
  const hash = await passwords.hash('correct horse battery')
  expect(hash).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[\w+/]{22}\$[\w+/]{43}$/)
  expect(await passwords.verify('correct horse battery', hash)).toBe(true)
  expect(await passwords.verify('correct horse batterx', hash)).toBe(false)
  expect(await passwords.verify('', undefined)).toBe(false)
  expect(passwords.isDated(hash)).toBe(false)
  const earlier = await createPasswords({ cost: 4 }).hash('correct horse battery')
  expect(await passwords.verify('correct horse battery', earlier)).toBe(true)
  expect(passwords.isDated(earlier)).toBe(true)
})

it('takes the same password however a keyboard composes it', async () => {
  const passwords = createPasswords({ cost: 4 })
  const hash = await passwords.hash('cafe\u0301 au lait, s\u2019il vous plait')
  expect(await passwords.verify('caf\u00e9 au lait, s\u2019il vous plait', hash)).toBe(true)
})

it('makes a secret on the first start of a developer, for their eyes only, and none in production', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shop-'))
  const file = join(folder, 'secret')
  const made = readSecrets({}, file)
  expect(made).toEqual([expect.stringMatching(/^[\w-]{43}$/)])
  expect(readSecrets({}, file)).toEqual(made)
  expect(readFileSync(file, 'utf8')).toBe(made[0])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readSecrets({ SOJOURN_SECRET: 'new,old', NODE_ENV: 'production' }, file)).toEqual(['new', 'old'])
  expect(() => readSecrets({ NODE_ENV: 'production' }, file)).toThrow('SOJOURN_SECRET is not set')
  rmSync(folder, { recursive: true })
})

it.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::7', '2001:db8:1:2'],
  ['2001:db8::7', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  [undefined, ''],
])('counts attempts from %s as from %s', (address, from) => {
  expect(network(address)).toBe(from)
})

it.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile/15E148 Safari/604',
    'Safari on iOS',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537 Chrome/140 Safari/537 Edg/140',
    'Edge on Windows',
  ],
  ['curl/8.5.0', 'A browser'],
  [undefined, 'A browser'],
])('calls %s by a name that people know', (userAgent, label) => {
  expect(deviceLabel(userAgent)).toBe(label)
})
