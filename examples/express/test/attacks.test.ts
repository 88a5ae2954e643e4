import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { safePath } from '../src/redirect.ts'
import { goodPassword, openShop, type OpenShop } from './shop.ts'

let shop: OpenShop
beforeEach(async () => {
  shop = await openShop()
})
afterEach(() => shop.close())

const anna = 'anna@example.org'
const eve = 'eve@example.org'
const cookie = '__Host-Http-session'

describe('signing in', () => {
  it('says the same to a wrong password and to a user that does not exist', async () => {
    const browser = shop.visitor()
    await browser.signUp('Anna', anna)
    const other = shop.visitor()
    const wrong = await other.signIn(anna, { password: 'wrong horse battery' })
    const unknown = await other.signIn('nobody@example.org', { password: 'wrong horse battery' })
    expect([wrong.status, unknown.status]).toEqual([403, 403])
    expect(unknown.text.replace('nobody@example.org', anna).replaceAll(/value="[\w-]{43}"/g, '')).toBe(
      wrong.text.replaceAll(/value="[\w-]{43}"/g, ''),
    )
  })

  it('makes guessing slow: after five wrong passwords not even the right one helps, for a while', async () => {
    await shop.visitor().signUp('Anna', anna)
    const browser = shop.visitor()
    for (let guess = 0; guess < 5; guess++)
      expect((await browser.signIn(anna, { password: `guess number ${guess}` })).status).toBe(403)
    const refused = await browser.signIn(anna)
    expect(refused.status).toBe(429)
    expect(refused.headers['retry-after']).toBe('900')

    const elsewhere = shop.visitor()
    await elsewhere.open('/sign-in')
    const form = { email: anna, password: goodPassword }
    const told = await elsewhere.submit('/sign-in', form, { headers: { 'x-forwarded-for': '203.0.113.9' } })
    // Its owner, at home, is not locked out.
    expect(told.text).toContain('Good to see you')

    shop.clock.pass('15m')
    expect((await browser.signIn(anna)).status).toBe(200)
  })

  it('counts a hundred guesses of one moment as a hundred', async () => {
    await shop.visitor().signUp('Anna', anna)
    const browser = shop.visitor()
    await browser.open('/sign-in')
    const guesses = Array.from({ length: 100 }, (_, guess) => `guess number ${guess}`)
    const answers = await Promise.all(
      guesses.map((password) => browser.post('/sign-in', { email: anna, password })),
    )
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(5)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(95)
  })
})

describe('fixation', () => {
  it('adopts no session cookie that was planted, made up or genuine (R4, R5, A41)', async () => {
    const victim = shop.visitor()
    await victim.signUp('Anna', anna)
    const madeUp = `sj_${'A'.repeat(68)}`
    const attacker = shop.visitor()
    await attacker.signUp('Eve', eve)
    const genuine = attacker.browser.cookies.get(cookie)!

    for (const planted of [madeUp, genuine]) {
      const browser = shop.visitor()
      browser.browser.cookies.set(cookie, planted)
      // A genuine one does sign its bearer in, as the attacker, until they sign in themselves.
      await browser.open(planted === genuine ? '/' : '/sign-in')
      await browser.post('/sign-in', { email: anna, password: goodPassword })
      const own = browser.browser.cookies.get(cookie)
      expect(own).toBeDefined()
      expect(own).not.toBe(planted)
      await browser.open('/account')
      expect(browser.page.text).toContain(anna)

      const thief = shop.visitor()
      thief.browser.cookies.set(cookie, planted)
      await thief.open('/account')
      expect(thief.path).toBe('/sign-in?next=%2Faccount')
    }
  })

  it('takes no session from the address or from a form field (R24)', async () => {
    const owner = shop.visitor()
    await owner.signUp('Anna', anna)
    const token = owner.browser.cookies.get(cookie)!
    const thief = shop.visitor()
    for (const path of [
      `/account?session=${token}`,
      `/account?${cookie}=${token}`,
      `/account;session=${token}`,
    ]) {
      await thief.open(path)
      expect(thief.page.text).not.toContain(anna)
    }
  })

  it('ends the session of before at every sign-in (R5)', async () => {
    const browser = shop.visitor()
    await browser.signUp('Anna', anna)
    const copy = shop.visitor()
    copy.browser.cookies.set(cookie, browser.browser.cookies.get(cookie)!)
    await browser.post('/sign-in', { email: anna, password: goodPassword })
    await copy.open('/account')
    expect(copy.path).toBe('/sign-in?next=%2Faccount')
  })
})

describe('forged forms', () => {
  it('refuses every form without its CSRF token, and changes nothing', async () => {
    const browser = shop.visitor()
    await browser.signUp('Anna', anna)
    await browser.open('/')
    for (const action of [
      '/basket',
      '/account',
      '/devices',
      '/members',
      '/sign-out',
      '/confirm',
      '/account/delete',
    ]) {
      const told = await browser.browser.ask('POST', action, { form: { name: 'Eve', add: 'sencha' } })
      expect([action, told.status]).toEqual([action, 403])
      expect(told.text).toContain('That page was out of date')
    }
    await browser.open('/account')
    expect(browser.page.text).toContain('value="Anna"')
  })

  it('refuses to sign a visitor in or up without one (R69)', async () => {
    await shop.visitor().signUp('Anna', anna)
    const visitor = shop.visitor()
    await visitor.open('/sign-in')
    for (const action of ['/sign-in', '/sign-up']) {
      const form = { email: anna, password: goodPassword, name: 'Anna' }
      const told = await visitor.browser.ask('POST', action, { form })
      expect([action, told.status]).toEqual([action, 403])
    }
    expect(visitor.browser.cookies.has(cookie)).toBe(false)
  })

  it('refuses a form that another site sends, even with a token', async () => {
    const browser = shop.visitor()
    await browser.signUp('Anna', anna)
    const told = await browser.submit(
      '/basket',
      { add: 'sencha' },
      { headers: { 'sec-fetch-site': 'cross-site' } },
    )
    expect(told.status).toBe(403)
  })

  it('takes no token of before the sign-in after it (R68)', async () => {
    await shop.visitor().signUp('Anna', anna)
    const browser = shop.visitor()
    await browser.open('/sign-in')
    const { csrfToken } = browser
    await browser.submit('/sign-in', { email: anna, password: goodPassword })
    const told = await browser.post('/basket', { csrf_token: csrfToken, add: 'sencha' })
    expect(told.status).toBe(403)
  })
})

describe('redirects after signing in (A93)', () => {
  const elsewhere = [
    'https://evil.example',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '\t//evil.example',
    ' //evil.example',
    '/..//evil.example',
    '/.//evil.example',
    '/%2e%2e//evil.example',
    '/a/..//evil.example',
    '/a/../..//evil.example',
    '/./\\evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    'http:evil.example',
    'https:/evil.example',
    '@evil.example',
    '.evil.example',
    'http://here.invalid@evil.example/',
    'http://here.invalid/',
    '//here.invalid/',
    '/'.repeat(2000),
    '',
  ]

  it('leads to no other site, whatever the target', async () => {
    await shop.visitor().signUp('Anna', anna)
    for (const next of elsewhere) {
      const browser = shop.visitor()
      await browser.open(`/sign-in?next=${encodeURIComponent(next)}`)
      const fields = { email: anna, password: goodPassword, next }
      const { status, headers } = await browser.post('/sign-in', fields)
      expect(status).toBe(303)
      const there = new URL(String(headers['location']), 'https://app.example/sign-in')
      expect([next, there.origin]).toEqual([next, 'https://app.example'])
    }
  })

  it('leads to the page that was asked for', () => {
    expect(safePath('/basket?a=1&b=//x')).toBe('/basket?a=1&b=//x')
    expect(safePath('/a/../account')).toBe('/account')
    expect(safePath('/caf\u00e9')).toBe('/caf%C3%A9')
    expect(safePath(['/a', '/b'])).toBe('/')
    expect(safePath(undefined)).toBe('/')
  })
})

describe('output', () => {
  it('shows a name that looks like a tag as the text it is', async () => {
    const name = `<img src=x onerror="alert('1')">&lt;`
    const escaped = '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;lt;'
    const browser = shop.visitor()
    await browser.signUp(name, anna)
    expect(browser.page.text).toContain(`Good to see you, ${escaped}.`)
    for (const path of ['/', '/account', '/members']) {
      await browser.open(path)
      expect(browser.page.text).not.toContain('<img src=x')
      expect(browser.page.text).toContain(escaped)
    }
  })

  it('allows no script, no frame and no cache, and tells who may be told', async () => {
    const browser = shop.visitor()
    await browser.signUp('Anna', anna)
    const { headers, text } = await browser.open('/')
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'self'/)
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['strict-transport-security']).toBe('max-age=31536000')
    expect(headers['x-powered-by']).toBeUndefined()
    expect(text).not.toMatch(/<script|<style|style=|\son\w+=/)
  })

  it('answers what it cannot serve with a page, without a stack', async () => {
    const browser = shop.visitor()
    expect((await browser.open('/nothing')).status).toBe(404)
    const big = await browser.browser.ask('POST', '/sign-in', { form: { email: 'x'.repeat(20_000) } })
    expect(big.status).toBe(413)
    expect(big.text).not.toContain('node_modules')
  })
})
