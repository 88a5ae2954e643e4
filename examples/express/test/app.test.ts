import { afterEach, beforeEach, expect, it } from 'vitest'

import type { Users } from '../src/users.ts'
import { goodPassword, openShop, type OpenShop } from './shop.ts'

let shop: OpenShop
beforeEach(async () => {
  shop = await openShop()
})
afterEach(() => shop.close())

const anna = 'anna@example.org'
const ben = 'ben@example.org'

it('tells the story of a user: sign up, fill a basket, sign out, sign in, leave for good', async () => {
  const browser = shop.visitor()
  await browser.open('/')
  expect(browser.page.text).toContain('Sign in to buy')

  await browser.signUp('Anna', anna)
  expect(browser.path).toBe('/?note=welcome')
  expect(browser.page.text).toContain('Good to see you, Anna.')

  await browser.submit('/basket', { add: 'sencha' })
  await browser.submit('/basket', { add: 'sencha' })
  await browser.submit('/basket', { add: 'assam' })
  expect(browser.page.text).toContain('€34.50')
  await browser.submit('/basket', { take: 'assam' })
  expect(browser.page.text).toContain('€25.60')
  await browser.submit('/basket', { add: '__proto__' })
  expect(browser.page.text).toContain('€25.60')

  await browser.open('/account')
  await browser.submit('/account', { name: 'Anna B.' })
  expect(browser.page.text).toContain('value="Anna B."')

  await browser.submit('/sign-out')
  expect(browser.page.text).toContain('You are signed out.')
  expect(browser.browser.cookies.size).toBe(0)

  await browser.signIn(anna)
  expect(browser.page.text).toContain('Good to see you, Anna B.')
  await browser.open('/account/delete')
  await browser.submit('/account/delete')
  expect(browser.page.text).toContain('Your account is deleted.')
  expect((await browser.signIn(anna)).status).toBe(403)
})

it('keeps what two tabs put into the basket at the same moment', async () => {
  const browser = shop.visitor()
  await browser.signUp('Anna', anna)
  await Promise.all(Array.from({ length: 8 }, () => browser.post('/basket', { add: 'rooibos' })))
  await browser.open('/basket')
  expect(browser.page.text).toContain('<output>8</output>')
})

it('shows two browsers of one user to each other, and lets one end the other', async () => {
  const phone = shop.visitor()
  await phone.signUp('Anna', anna)
  const laptop = shop.visitor()
  await laptop.signIn(anna)

  await laptop.open('/devices')
  expect(laptop.page.text.match(/name="end"/g)).toHaveLength(1)
  expect(laptop.page.text.match(/this device/g)).toHaveLength(1)
  const id = /name="end" value="([^"]+)"/.exec(laptop.page.text)?.[1] ?? ''
  await laptop.submit('/devices', { end: id })
  expect(laptop.page.text).toContain('That device is signed out.')

  await phone.open('/basket')
  expect(phone.path).toBe('/sign-in?next=%2Fbasket')
  await laptop.open('/basket')
  expect(laptop.path).toBe('/basket')
})

it('ends no session of somebody else by its id', async () => {
  const victim = shop.visitor()
  await victim.signUp('Anna', anna)
  const attacker = shop.visitor()
  await attacker.signUp('Ben', ben)
  await shop.visitor().signIn(ben)
  const [session] = await shop.sojourn.list(shop.users.findByEmail(anna)?.id ?? '')

  await attacker.open('/devices')
  await attacker.submit('/devices', { end: session?.id ?? '' })
  await victim.open('/basket')
  expect(victim.path).toBe('/basket')
})

it('signs out everywhere, and signs out all others (R198)', async () => {
  const [one, two, three] = [shop.visitor(), shop.visitor(), shop.visitor()]
  await one.signUp('Anna', anna)
  await two.signIn(anna)
  await three.signIn(anna)

  await one.open('/devices')
  await one.submit('/devices', { others: 'yes' })
  expect(one.page.text).toContain('All your other devices are signed out.')
  await two.open('/account')
  expect(two.path).toBe('/sign-in?next=%2Faccount')

  await two.signIn(anna)
  await two.open('/devices')
  await two.submit('/sign-out', { scope: 'all' })
  expect(two.page.text).toContain('You are signed out on all devices.')
  for (const browser of [one, two, three]) {
    await browser.open('/account')
    expect(browser.path).toBe('/sign-in?next=%2Faccount')
  }
})

it('lets an administrator change a role, in force on the next request of its holder', async () => {
  const admin = shop.visitor()
  await admin.signUp('Anna', anna)
  const member = shop.visitor()
  await member.signUp('Ben', ben)
  expect((await member.open('/members')).status).toBe(403)
  const { id = '' } = shop.users.findByEmail(ben) ?? {}

  await admin.open('/members')
  await admin.submit('/members', { id, role: 'admin' })
  expect((await member.open('/members')).status).toBe(200)

  await admin.submit('/members', { id, role: 'member' })
  expect((await member.open('/members')).status).toBe(403)
  await member.open('/account')
  expect(member.path).toBe('/account')
})

it('is never left without an administrator', async () => {
  const admin = shop.visitor()
  await admin.signUp('Anna', anna)
  await shop.visitor().signUp('Ben', ben)
  const { id = '' } = shop.users.findByEmail(anna) ?? {}
  await admin.open('/members')
  await admin.submit('/members', { id, role: 'member' })
  expect(admin.page.text).toContain('Somebody has to run the shop')
  await admin.open('/account/delete')
  await admin.submit('/account/delete')
  expect(admin.page.text).toContain('Somebody has to run the shop')
  expect(shop.users.findByEmail(anna)?.role).toBe('admin')
})

it('asks for the password again before the account is deleted, when it was entered an hour ago', async () => {
  const browser = shop.visitor()
  await browser.signUp('Anna', anna)
  await browser.open('/account/delete')
  const form = browser.page
  shop.clock.pass('31m')
  await browser.open('/')
  shop.clock.pass('31m')

  browser.page = form
  await browser.submit('/account/delete')
  expect(browser.path).toBe('/confirm?next=%2Faccount%2Fdelete')
  expect(shop.users.findByEmail(anna)).toBeDefined()

  expect((await browser.submit('/confirm', { password: 'not my password' })).status).toBe(403)
  await browser.submit('/confirm', { password: goodPassword })
  expect(browser.path).toBe('/account/delete')
  await browser.submit('/account/delete')
  expect(shop.users.findByEmail(anna)).toBeUndefined()
})

it('ends all other sessions when the password is changed, and takes the old one no more', async () => {
  const [browser, other] = [shop.visitor(), shop.visitor()]
  await browser.signUp('Anna', anna)
  await other.signIn(anna)
  await browser.open('/account/password')
  expect((await browser.submit('/account/password', { password: 'too short' })).status).toBe(422)
  await browser.submit('/account/password', { password: 'another fine long one' })
  expect(browser.page.text).toContain('Your password is changed')
  await other.open('/account')
  expect(other.path).toBe('/sign-in?next=%2Faccount')
  expect((await other.signIn(anna)).status).toBe(403)
  expect((await other.signIn(anna, { password: 'another fine long one' })).status).toBe(200)
})

it.each([
  ['changed their password', (users: Users, id: string) => users.setPassword(id, 'another')],
  ['left', (users: Users, id: string) => void users.remove(id)],
])('signs nobody in who has %s while the password was being checked', async (_what, change) => {
  let isChanged = false
  const slow = await openShop((users) => ({
    ...users,
    findByEmail: (email) => {
      const user = users.findByEmail(email)
      if (user && isChanged) change(users, user.id)
      return user
    },
  }))
  await slow.visitor().signUp('Anna', anna)
  isChanged = true
  const browser = slow.visitor()
  await browser.signIn(anna)
  await browser.open('/account')
  expect(browser.path).toBe('/sign-in?next=%2Faccount')
  await slow.close()
})

it('remembers those who ask for it beyond the end of the browser, and nobody else', async () => {
  const browser = shop.visitor()
  await browser.signUp('Anna', anna)
  const sets = async (fields: Record<string, string>): Promise<readonly string[]> => {
    const other = shop.visitor()
    await other.open('/sign-in')
    const { cookies } = await other.post('/sign-in', { email: anna, password: goodPassword, ...fields })
    return cookies.filter((line) => /session=sj_/.test(line))
  }
  expect(await sets({})).toEqual([expect.not.stringContaining('Max-Age')])
  expect(await sets({ remember: 'yes' })).toEqual([expect.stringContaining(`Max-Age=${14 * 24 * 3600}`)])
})
