import { describe, expect, it } from 'vitest'
import { errors, SojournError, type ErrorCode } from '../../src/core/errors.ts'
import { problemFor, problemType } from '../../src/http/problem.ts'
import type { Answer } from '../../src/http/view.ts'

const codes = Object.keys(errors) as ErrorCode[]

function header({ headers }: Answer, name: string): string | undefined {
  return headers.find(([own]) => own.toLowerCase() === name)?.[1]
}

const members = ({ body }: Answer): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>

describe('a problem document', () => {
  it.each(codes)('R147: of %s says type, title, status, detail and code, and is not stored', (code) => {
    const answer = problemFor(new SojournError(code))
    expect(members(answer)).toEqual({
      type: problemType(code),
      title: errors[code].title,
      status: errors[code].status,
      detail: errors[code].help,
      code,
    })
    expect(answer.status).toBe(errors[code].status)
    expect(header(answer, 'content-type')).toBe('application/problem+json; charset=utf-8')
    expect(header(answer, 'cache-control')).toBe('no-store')
  })

  it.each(codes)('R141: of %s challenges the client exactly when it is a 401', (code) => {
    const challenge = header(problemFor(new SojournError(code)), 'www-authenticate')
    expect(challenge === undefined).toBe(errors[code].status !== 401)
  })

  it('R148: tells nothing of an error that is not ours', () => {
    const error = new Error('SELECT * FROM sessions WHERE secret = 42', {
      cause: new Error('/home/app/db.ts'),
    })
    const answer = problemFor(error)
    expect(members(answer)['code']).toBe('internal')
    expect(answer.body).not.toMatch(/SELECT|secret|home|stack/)
  })

  it.each([undefined, null, 'text', 42, {}])('R148: is made of %j too', (thrown) => {
    expect(members(problemFor(thrown))).toMatchObject({ code: 'internal', status: 500 })
  })

  it('R148: tells neither the cause of a 503 nor the detail of a 500', () => {
    const down = problemFor(
      new SojournError('store_unavailable', { cause: new Error('password=hunter2'), retryAfter: 3 }),
    )
    expect(down.body).not.toContain('hunter2')
    expect(header(down, 'retry-after')).toBe('3')
    const config = problemFor(
      new SojournError('config_invalid', { detail: 'secrets[0] is abc', members: { a: 'abc' } }),
    )
    expect(config.body).not.toContain('abc')
  })

  it('R73: of a forged request varies on what it was judged by', () => {
    expect(header(problemFor(new SojournError('csrf_rejected')), 'vary')).toBe(
      'Sec-Fetch-Site, Origin, Cookie',
    )
  })
})

describe('the challenge of a 401', () => {
  const challenge = (error: SojournError, given: Parameters<typeof problemFor>[1]): string =>
    header(problemFor(error, given), 'www-authenticate')!

  it('R141: says no more than its scheme to somebody who has shown nothing', () => {
    expect(challenge(new SojournError('sign_in_required'), { hasCredentials: false })).toBe('Bearer')
    expect(challenge(new SojournError('token_rejected'), { hasCredentials: false })).toBe('Bearer')
  })

  it('R142: says invalid_token of a token that was presented', () => {
    expect(challenge(new SojournError('token_rejected'), { hasCredentials: true })).toBe(
      'Bearer error="invalid_token", error_description="The access token is not accepted"',
    )
  })

  it('says how recent a sign-in must be (RFC 9470)', () => {
    expect(challenge(new SojournError('fresh_sign_in_required'), { hasCredentials: true, maxAge: 300 })).toBe(
      'Bearer error="insufficient_user_authentication", error_description="Confirm that it is you", max_age="300"',
    )
  })

  it('says which kind of proof is asked for (RFC 9470)', () => {
    const given = { hasCredentials: true, acrValues: ['urn:mfa', 'urn:key'] }
    expect(challenge(new SojournError('fresh_sign_in_required'), given)).toBe(
      'Bearer error="insufficient_user_authentication", error_description="Confirm that it is you", acr_values="urn:mfa urn:key"',
    )
  })

  it('R146: cannot be broken out of, whatever the detail of the error says', () => {
    const error = new SojournError('token_rejected', {
      detail: 'a"\r\nSet-Cookie: x=1',
      members: { a: '"\r\n' },
    })
    const text = challenge(error, { hasCredentials: true, acrValues: ['a"\r\nSet-Cookie: x=1', 'ok'] })
    expect(text).toMatch(/^[\x20-\x7e]*$/)
    const stepUp = challenge(new SojournError('fresh_sign_in_required'), {
      hasCredentials: true,
      acrValues: ['a"\r\nX: 1', 'ok'],
    })
    expect(stepUp).toMatch(/^[\x20-\x7e]*$/)
    expect(stepUp).toContain('acr_values="ok"')
  })

  it.each(codes.filter((code) => errors[code].status === 401))(
    'R146: of %s keeps to the characters of RFC 6750',
    (code) => {
      const text = challenge(new SojournError(code), { hasCredentials: true })
      for (const [, value] of text.matchAll(/="([^"]*)"/g))
        expect(value).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/)
    },
  )
})
