import { describe, expect, it } from 'vitest'

import type { Application } from '../../src/doctor/application.ts'
import { applicationChecks } from '../../src/doctor/application-checks.ts'
import { readSetCookie } from '../../src/doctor/set-cookie.ts'
import { judge, type CheckId } from '../../src/doctor/verdict.ts'

const now = Date.UTC(2026, 10, 27)

interface Said {
  readonly url?: string
  readonly method?: string
  readonly cookies?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

function application({ url = 'https://app.example', method = 'GET', ...said }: Said): Application {
  const { cookies = [], headers = {}, body = '' } = said
  const setCookies = cookies.map((line) => readSetCookie(line, now))
  const answer = { method, path: '/', status: 200, headers, setCookies, body, at: now }
  return { origin: new URL(url), answers: [answer], scripts: [], signedIn: undefined, logged: undefined }
}

function verdictOf(id: CheckId, said: Said): string | undefined {
  return judge(application(said), applicationChecks, '').find((check) => check.id === id)?.verdict
}

const good = 'sid=x; Path=/; HttpOnly; Secure; SameSite=Lax'

describe('a check of an application', () => {
  it.each<readonly [CheckId, Said, string]>([
    ['cookieFlags', { cookies: [good] }, 'pass'],
    ['cookieFlags', { cookies: ['sid=x; path=/; httponly; SECURE; samesite=STRICT'] }, 'pass'],
    ['cookieFlags', { cookies: ['sid=x; Path=/; Secure; SameSite=Lax'] }, 'fail'],
    ['cookieFlags', { cookies: ['sid=x; Path=/; HttpOnly; SameSite=Lax'] }, 'fail'],
    ['cookieFlags', { cookies: ['sid=x; Path=/; HttpOnly; Secure; SameSite=None'] }, 'fail'],
    ['cookieFlags', { cookies: ['sid=; Path=/; Max-Age=0'] }, 'not seen'],
    ['cookieFlags', {}, 'not seen'],
    ['dropped', { cookies: [good] }, 'not seen'],
    ['dropped', { cookies: [good], url: 'http://app.example' }, 'fail'],
    ['dropped', { cookies: ['__Host-sid=x; Path=/me; Secure'] }, 'fail'],
    ['dropped', { cookies: ['__Host-sid=x; Path=/; Secure; Domain=app.example'] }, 'fail'],
    ['dropped', { cookies: ['__Secure-sid=x'] }, 'fail'],
    ['dropped', { cookies: ['sid=x; SameSite=None'] }, 'fail'],
    ['dropped', { cookies: ['sid=x; Domain=other.example'] }, 'fail'],
    ['dropped', { cookies: [`sid=${'x'.repeat(4096)}; Secure`] }, 'fail'],
    ['dropped', { cookies: ['sid=x; Domain=.example'] }, 'not seen'],
    ['twice', { cookies: [good, 'theme=dark; Path=/'] }, 'pass'],
    ['twice', { cookies: [good, good] }, 'fail'],
    ['twice', { cookies: [good, 'sid=; Path=/; Domain=app.example; Max-Age=0'] }, 'fail'],
    ['cacheable', { cookies: [good], headers: { 'cache-control': 'no-store' } }, 'pass'],
    ['cacheable', { cookies: [good], headers: { 'cache-control': 'private, max-age=60' } }, 'pass'],
    ['cacheable', { cookies: [good], headers: { 'cache-control': 's-maxage=60' } }, 'fail'],
    ['cacheable', { cookies: [good] }, 'fail'],
    ['cacheable', { cookies: [good], method: 'POST' }, 'pass'],
    ['hsts', { headers: { 'strict-transport-security': 'max-age=31536000' } }, 'pass'],
    ['hsts', { headers: { 'strict-transport-security': 'max-age=3600' } }, 'fail'],
    ['hsts', {}, 'fail'],
    ['clock', { headers: { date: new Date(now - 20_000).toUTCString() } }, 'pass'],
    ['clock', { headers: { date: new Date(now + 40_000).toUTCString() } }, 'fail'],
    ['clock', {}, 'not seen'],
    ['https', { headers: { location: 'http://app.example/me' } }, 'fail'],
    ['tokensInUrls', { body: '<a href="/me?access_token=abcdefghijkl">' }, 'fail'],
    ['tokensInUrls', { body: '<a href="/me;jsessionid=123?x=1">' }, 'fail'],
    ['tokensInUrls', { body: '<a href="/me?page=abcdefghijkl">' }, 'pass'],
  ])('%s of %j: %s', (id, said, verdict) => {
    expect(verdictOf(id, said)).toBe(verdict)
  })

  it('prints what a cookie calls itself as text, and not all of it', () => {
    const cookies = [`sid\u001B[2J\u202E${'x'.repeat(2000)}=1`]
    const seen = judge(application({ cookies }), applicationChecks, '').map((check) => check.seen)
    expect(seen.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(Math.max(...seen.map(({ length }) => length))).toBe(400)
  })
})
