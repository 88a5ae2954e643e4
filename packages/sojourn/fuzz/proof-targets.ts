// More of what a stranger can reach: proofs of keys, tokens of other parties once they are opened, and headers with a
// grammar of their own. As in targets.ts, nothing throws, and nothing is accepted that we, or the owner of a key, have not
// made.

import assert from 'node:assert/strict'

import { generateJwk, publicAlgorithms, publicJwk, type PublicAlgorithm } from '../src/core/algorithms.ts'
import { readRegistration } from '../src/core/dbsc/proof.ts'
import { isKnownTo, knowing } from '../src/core/device-token.ts'
import { issueNonce, judgeNonce } from '../src/core/dpop/nonce.ts'
import { readProof } from '../src/core/dpop/proof.ts'
import { normalTarget } from '../src/core/dpop/target.ts'
import { openJwt } from '../src/core/signed-jwt.ts'
import { deviceLabel, readUserAgent } from '../src/core/user-agent.ts'
import {
  parseDictionary,
  parseItem,
  parseList,
  serializeDictionary,
  serializeItem,
  serializeList,
} from '../src/http/structured-fields.ts'
import { judgeEventToken } from '../src/logout/event-token.ts'
import { judgeLogoutToken, logoutClaims } from '../src/logout/logout-token.ts'
import { seededRandom } from '../src/testing/random.ts'
import { jws, segment, signerOf } from '../test/support/forge.ts'
import { issuer, keysFor } from '../test/support/secrets.ts'
import type { Target } from './target.ts'

const now = 1_800_000_000_000
const keys = keysFor(1, 2)
const random = seededRandom('fuzz proofs')

/** A proof that its own key has signed. */
function proof(typ: string, algorithm: PublicAlgorithm, claims: object): string {
  const own = generateJwk(algorithm)
  const { kid: _, alg: __, use: ___, ...jwk } = publicJwk(own)
  return jws({ typ, alg: algorithm, jwk }, claims, signerOf(own, algorithm))
}

const request = { jti: 'j', htm: 'POST', htu: 'https://app.example/notes', iat: now / 1000 }
const proofs = (['ES256', 'EdDSA', 'RS256'] as const).map((algorithm) =>
  proof('dpop+jwt', algorithm, { ...request, ath: 'a', nonce: 'n' }),
)
const devices = (['ES256', 'RS256'] as const).map((algorithm) =>
  proof('dbsc+jwt', algorithm, { jti: 'challenge' }),
)
const partsOfProofs = [
  '.',
  '..',
  'e30',
  ...new Set([...proofs, ...devices].flatMap((one) => one.split('.').slice(0, 2))),
]
const nonces = keys.map((_, index) => issueNonce(keys.slice(index), now))
const deviceTokens = [knowing('alice', undefined, keys, random)]
deviceTokens.push(knowing('bob', deviceTokens[0], keys, random))
const logout = logoutClaims({ issuer, audience: 'app', id: 'j', sessionId: 's', subject: 'alice', now })
const revocation = {
  iss: issuer,
  aud: 'app',
  iat: now / 1000,
  jti: 'j',
  sub_id: { format: 'opaque', id: 's' },
  events: {
    'https://schemas.openid.net/secevent/caep/event-type/session-revoked': { event_timestamp: now / 1000 },
  },
}

export const proofTargets: readonly Target[] = [
  {
    name: 'DPoP proof',
    seeds: proofs,
    words: partsOfProofs,
    feed(input) {
      const read = readProof(input, publicAlgorithms)
      if (typeof read !== 'string') assert.ok(proofs.includes(input), 'a forged proof was read')
    },
  },
  {
    name: 'DPoP nonce',
    seeds: nonces,
    words: ['A', '_', '-', '='],
    feed(input) {
      if (judgeNonce(input, keys, 0, now) !== 'spent') assert.ok(nonces.includes(input), 'a forged nonce')
    },
  },
  {
    name: 'address in a proof',
    seeds: [request.htu, 'HTTPS://APP.example:443/a/../b?c#d', 'http://[::1]:80/%7Ea'],
    words: ['https://', 'http://', '%', '%2f', '%2E', '..', '/', '?', '#', '@', ':443', '\\', '[', ']'],
    feed(input) {
      const target = normalTarget(input)
      // Escaped, it may be longer than what is read.
      if (target === undefined || target.length > 8192) return
      assert.equal(normalTarget(target), target, 'a form that is not the last')
      assert.ok(!/[?#]/.test(target), 'a query or a fragment')
    },
  },
  {
    name: 'device proof',
    seeds: devices,
    words: partsOfProofs,
    feed(input) {
      const read = readRegistration(input, ['ES256', 'RS256'])
      if (typeof read !== 'string') assert.ok(devices.includes(input), 'a forged proof was read')
    },
  },
  {
    name: 'device token',
    seeds: deviceTokens,
    words: ['A', '_', '-', '='],
    feed(input) {
      // The random part is covered by each mac, and what stands after that of alice is not hers to vouch for.
      if (isKnownTo('alice', input, keys))
        assert.ok(
          deviceTokens.some((one) => one.slice(0, 21) === input.slice(0, 21)),
          'a forged token',
        )
      assert.ok(isKnownTo('carol', knowing('carol', input, keys, random), keys), 'nobody can be added')
    },
  },
  {
    name: 'structured field',
    seeds: ['"text";a=1, (tok ?1);b=:AAEC:', 'a=1, b;x, c=(1 2.5)', '(ES256 RS256);path="/x";challenge="y"'],
    words: [
      '"',
      ';',
      '=',
      ',',
      '(',
      ')',
      ':',
      '?',
      '*',
      '-',
      '.',
      '\\',
      '999999999999999',
      ' ',
      '\t',
      '@',
      '%',
    ],
    feed(input) {
      // By what is written, because 0 and -0 are written alike.
      const item = parseItem([input])
      if (item) isLast(serializeItem(item), (text) => serializeItem(parseItem([text])!))
      const list = parseList([input])
      if (list) isLast(serializeList(list), (text) => serializeList(parseList([text])!))
      const dictionary = parseDictionary([input])
      if (dictionary)
        isLast(serializeDictionary(dictionary), (text) => serializeDictionary(parseDictionary([text])!))
    },
  },
  {
    name: 'token of others',
    seeds: [logout, revocation].map(
      (claims) => `${segment({ typ: 'logout+jwt', alg: 'ES256' })}.${segment(claims)}.AA`,
    ),
    words: ['.', 'e30', 'bnVsbA', segment({ alg: 'none' }), segment(logout), segment(revocation)],
    feed(input) {
      const token = openJwt(input, 16_384)
      if (token) judge(token.claims)
    },
  },
  {
    name: 'claims of others',
    seeds: [JSON.stringify(logout), JSON.stringify(revocation)],
    words: [
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      'null',
      '1e400',
      '-1',
      '"iat"',
      '"exp"',
      '"nonce"',
      '"sub"',
      '"events"',
      '"sub_id"',
      '"format"',
      '"complex"',
    ],
    feed(input) {
      let claims: unknown
      try {
        claims = JSON.parse(input)
      } catch {
        return
      }
      if (typeof claims === 'object' && claims !== null && !Array.isArray(claims))
        judge(claims as Readonly<Record<string, unknown>>)
    },
  },
  {
    name: 'user agent',
    seeds: [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36',
      'curl/8.14.1',
    ],
    words: [
      '/',
      ' ',
      '(',
      ')',
      'Version/',
      'Safari/',
      'Chrome/',
      'Edg/',
      'Firefox/',
      '9999999999',
      '\t',
      '\u0000',
      ';',
    ],
    feed(input) {
      readUserAgent(input)
      assert.ok((deviceLabel(input) ?? '').length <= 64, 'a label that is too long')
    },
  },
]

function isLast(text: string, again: (text: string) => string): void {
  assert.equal(again(text), text, 'a form that is not the last')
}

// What is accepted names whom it is about, and is known by a name, so that it is taken once.
function judge(claims: Readonly<Record<string, unknown>>): void {
  const logoutVerdict = judgeLogoutToken(claims, { audience: 'app', tolerance: 0 }, now)
  if (logoutVerdict.ok) {
    assert.ok(logoutVerdict.id !== '', 'a logout without a name')
    assert.ok(logoutVerdict.sid ?? logoutVerdict.subject, 'a logout of nobody')
    assert.ok(Number.isFinite(logoutVerdict.goodUntil), 'a logout that is good for ever')
  }
  const eventVerdict = judgeEventToken(claims, { issuer, audience: 'app', tolerance: 0 }, now)
  if (eventVerdict.ok) {
    assert.ok(eventVerdict.id !== '', 'an event without a name')
    assert.ok(Number.isFinite(eventVerdict.goodUntil), 'an event that is good for ever')
  }
}
