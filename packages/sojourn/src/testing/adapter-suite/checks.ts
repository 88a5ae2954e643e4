// What the stories check again and again.

import assert from 'node:assert/strict'

import { errors, type ErrorCode } from '../../core/errors.ts'
import type { Told } from '../jar.ts'

export const names = {
  session: '__Host-Http-session',
  access: '__Host-Http-access',
  visitor: '__Host-Http-visitor',
} as const

/** Waits for an answer, which must be the problem document of this code and betray nothing. */
export async function refused(asked: Promise<Told>, code: ErrorCode): Promise<Told> {
  const told = await asked
  assert.match(
    String(told.headers['content-type']),
    /^application\/problem\+json\b/,
    `${told.status} ${told.text}`,
  )
  const problem = told.json()
  assert.equal(problem['code'], code)
  assert.equal(told.status, errors[code].status)
  assert.equal(problem['status'], told.status)
  assert.equal(problem['title'], errors[code].title)
  assert.equal(typeof problem['detail'], 'string')
  assert.equal(problem['type'], `urn:sojourn:error:${code}`)
  assert.match(String(told.headers['cache-control']), /\bno-store\b/)
  assert.equal(told.headers['www-authenticate'] !== undefined, told.status === 401)
  assert.doesNotMatch(told.text, /hunter2|node_modules|\.ts:\d|ECONNREFUSED/)
  return told
}

/** Waits for an answer of this status; whatever sets a cookie must not be stored, and sets each name once. */
export async function answered(asked: Promise<Told>, status = 200): Promise<Told> {
  const told = await asked
  assert.equal(told.status, status, told.text.slice(0, 300))
  checkCookies(told)
  return told
}

function checkCookies({ cookies, headers }: Told): void {
  if (cookies.some((line) => line.startsWith('__Host-'))) {
    assert.match(String(headers['cache-control']), /\bno-store\b/)
  }
  const set = cookies.map((line) => line.slice(0, line.indexOf('=')))
  assert.equal(new Set(set).size, set.length, `one Set-Cookie for each name, not ${set.join(', ')}`)
}

/** The names of the cookies that an answer keeps, and of those that it clears. */
export function cookiesOf({ cookies }: Told): { kept: string[]; cleared: string[] } {
  const nameOf = (line: string): string => line.slice(0, line.indexOf('='))
  const isCleared = (line: string): boolean => line.includes('; Max-Age=0')
  return {
    kept: cookies.filter((line) => !isCleared(line)).map(nameOf),
    cleared: cookies.filter(isCleared).map(nameOf),
  }
}

/** The members of a Bearer challenge. */
export function challengeOf({ headers }: Told): Record<string, string> {
  const text = String(headers['www-authenticate'])
  assert.match(text, /^Bearer\b/)
  return Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name!, value!]))
}
