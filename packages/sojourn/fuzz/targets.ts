// Every parser that a stranger can reach, with good inputs to begin from and what must hold of whatever is made of them:
// nothing throws that is not an answer to the client, and nothing is accepted that we have not made.

import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'

import { verifyAccessToken } from '../src/core/access-token.ts'
import { decode, encode } from '../src/core/base64url.ts'
import { isCsrfToken, issueCsrfToken } from '../src/core/csrf-token.ts'
import { SojournError } from '../src/core/errors.ts'
import { parseAddress } from '../src/core/ip-address.ts'
import { readKeySet } from '../src/core/key-set.ts'
import { issueSessionToken, newSecret, readSessionToken } from '../src/core/session-token.ts'
import { milliseconds } from '../src/core/time.ts'
import { parseRanges } from '../src/http/addresses.ts'
import { readBody } from '../src/http/body.ts'
import { cookieValues, withCookies } from '../src/http/cookies.ts'
import { normalOrigin } from '../src/http/origin.ts'
import { clientAddress, transportOf } from '../src/http/transport.ts'
import type { RequestView } from '../src/http/view.ts'
import { seededRandom } from '../src/testing/random.ts'
import { audience, good, minted, own } from '../test/support/minting.ts'
import { issuer, keysFor } from '../test/support/secrets.ts'
import { proofTargets } from './proof-targets.ts'
import type { Target } from './target.ts'

const now = 1_800_000_000_000
const random = seededRandom('fuzz')
const keys = keysFor(1, 2)
const sessionTokens = [0, 1, 4_294_967_295].map((generation) =>
  issueSessionToken(newSecret('ownerownerownerownerowne', random), generation, keys),
)
const csrfTokens = keys.map((_, index) => issueCsrfToken('binding', keys.slice(index), random))
const accessTokens = [{}, { role: 'admin' }, { amr: ['pwd'], acr: 'aal2' }].map((claims) =>
  minted(() => now, own, claims),
)
const verifiers = readKeySet({ keys: [good] })
if (typeof verifiers === 'string') throw new Error(verifiers)
const name = '__Host-Http-session'
const proxies = parseRanges('10.0.0.0/8') ?? []

export const targets: readonly Target[] = [
  {
    name: 'session token',
    seeds: sessionTokens,
    words: ['sj_', 'A', '_', '-', '='],
    feed(input) {
      if (readSessionToken(input, keys)) assert.ok(sessionTokens.includes(input), 'a forged token was read')
    },
  },
  {
    name: 'access token',
    seeds: accessTokens,
    words: ['.', '..', 'eyJhbGciOiJub25lIn0', 'e30', accessTokens[0]!.split('.')[0]!],
    feed(input) {
      const verdict = verifyAccessToken(
        input,
        (header) => verifiers.get(header),
        { issuer, audience, tolerance: 0 },
        now,
      )
      if (verdict.ok) assert.ok(accessTokens.includes(input), 'a forged token was accepted')
    },
  },
  {
    name: 'CSRF token',
    seeds: csrfTokens,
    words: ['A', '.', '='],
    feed(input) {
      if (isCsrfToken(input, 'binding', keys))
        assert.ok(csrfTokens.includes(input), 'a forged token was accepted')
    },
  },
  {
    name: 'base64url',
    seeds: ['', 'AA', 'AAAA', '_-8'],
    words: ['=', '+', '/', 'A'],
    feed(input) {
      const bytes = decode(input)
      if (bytes) assert.equal(encode(bytes), input, 'a text has two spellings')
    },
  },
  {
    name: 'cookie header',
    seeds: [`${name}=${sessionTokens[0]}; theme=dark`, 'a=b', `x="${name}=1"; ${name}="q"`],
    words: ['; ', ';', '=', `${name}=`, name, ' ', '"', '\\', '%3b'],
    feed(input) {
      for (const value of cookieValues(input, name)) {
        assert.ok(input.includes(value), 'a value that is not in the header')
        assert.ok(!value.includes(';'), 'a value that is more than one cookie')
      }
      assert.deepEqual(cookieValues(withCookies(input, [`${name}=new; Path=/`]), name), ['new'])
    },
  },
  {
    name: 'JSON body',
    seeds: ['{}', '{"refreshToken":"sj_x"}', '{"a":[1,{"b":null}]}', '"text"'],
    words: ['{', '}', '"', ':', ',', '[', ']', '"refreshToken"', '\\u0000', 'null'],
    async feed(input) {
      const bytes = Buffer.from(input, 'utf8')
      const view = viewOf({ 'content-type': 'application/json' }, bytes)
      const body = await readBody(view, ['refreshToken']).catch(onlyOurs)
      if (body)
        assert.ok(
          Object.keys(body).every((key) => key === 'refreshToken'),
          'a member that nobody expects',
        )
      assert.equal(({} as { polluted?: unknown }).polluted, undefined)
    },
  },
  {
    name: 'media type',
    seeds: ['application/json', 'application/json; charset=utf-8', 'multipart/form-data; boundary=x'],
    words: ['application/', 'json', ';', 'charset=', '"', '\t', 'text/plain'],
    async feed(input) {
      const body = await readBody(viewOf({ 'content-type': input }, Buffer.from('{}')), []).catch(onlyOurs)
      if (body) assert.match(input, /^application\/json/i, 'a body that a form could send')
    },
  },
  {
    name: 'forwarded headers',
    seeds: ['192.0.2.1, 10.0.0.1', '2001:db8::1', '::ffff:192.0.2.1', 'https', 'app.example:8443'],
    words: [',', ', ', '10.0.0.1', '192.0.2.7', '::', 'unknown', '_hidden', '"[::1]:4711"', 'https'],
    feed(input) {
      const view = viewOf({ host: 'app.example', 'x-forwarded-for': input, 'x-forwarded-proto': 'https' })
      const rules = { trustedProxies: proxies, hosts: undefined, isProduction: true }
      const ip = attempt(() => clientAddress(view, rules))
      if (ip !== undefined) assert.ok(parseAddress(ip), 'an address that is none')
      const spoken = viewOf({ host: 'app.example', 'x-forwarded-proto': input, 'x-forwarded-host': input })
      const transport = attempt(() => transportOf(spoken, rules))
      if (transport) assert.ok(transport.isSecure, 'plain HTTP was taken for HTTPS')
    },
  },
  {
    name: 'origin',
    seeds: ['https://app.example', 'http://localhost:3000', 'null', 'https://[::1]:8443'],
    words: ['https://', 'http://', ':', '@', '/', '.', 'app.example', ':443', 'xn--'],
    feed(input) {
      const origin = normalOrigin(input)
      if (origin !== undefined) assert.equal(normalOrigin(origin), origin, 'a form that is not the last')
    },
  },
  {
    name: 'ranges of addresses',
    seeds: ['10.0.0.0/8', '::1/128', 'loopback', '192.0.2.1'],
    words: ['/', ':', '::', '.', '0', '32', '128', '-1'],
    feed(input) {
      for (const { bits, bytes } of parseRanges(input) ?? [])
        assert.ok(bits >= 0 && bits <= bytes.length * 8, 'a range that is none')
    },
  },
  {
    name: 'key set',
    seeds: [JSON.stringify({ keys: [good] }), '{"keys":[]}', JSON.stringify({ keys: [good, good] })],
    words: [
      '"kty"',
      '"EC"',
      '"RSA"',
      '"OKP"',
      '"d"',
      '"n"',
      '"e"',
      '"x"',
      '"alg"',
      '"none"',
      '"kid"',
      '{',
      '}',
      '[',
      ']',
      ',',
    ],
    feed(input) {
      const set = readKeySet(attempt(() => JSON.parse(input) as unknown, SyntaxError))
      if (typeof set !== 'string') assert.ok(set.size > 0, 'a set without a key')
    },
  },
  {
    name: 'duration',
    seeds: ['5m', '366d', '0s'],
    words: ['s', 'm', 'h', 'd', '.', '-', 'e9', ' '],
    feed(input) {
      const span = milliseconds(input)
      if (span !== undefined) assert.ok(Number.isFinite(span), 'a time without end')
    },
  },
  ...proofTargets,
]

function viewOf(
  headers: Readonly<Record<string, string>>,
  bytes: Uint8Array = new Uint8Array(),
): RequestView {
  return {
    method: 'POST',
    target: '/',
    isEncrypted: false,
    peer: '10.0.0.1',
    header: (wanted) => headers[wanted],
    all: (wanted) => (headers[wanted] === undefined ? [] : [headers[wanted]]),
    body: async () => ({ kind: 'bytes', bytes }),
    formField: () => undefined,
  }
}

/** What the work gives; undefined where it throws an answer to the client, or the error that is meant. */
function attempt<T>(work: () => T, meant: new (...args: never[]) => Error = SojournError): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof meant) return undefined
    throw error
  }
}

function onlyOurs(error: unknown): undefined {
  if (!(error instanceof SojournError) || error.status >= 500) throw error
}
