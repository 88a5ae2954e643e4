// The small operations of which requests are made: a signed id, a CSRF token, randomness, a cookie.

import { randomBytes } from 'node:crypto'

import { issueCsrfToken, isCsrfToken } from '../../../packages/sojourn/src/core/csrf-token.ts'
import { requireKeys } from '../../../packages/sojourn/src/core/secrets.ts'
import {
  issueSessionToken,
  newSecret,
  ownerOf,
  readSessionToken,
} from '../../../packages/sojourn/src/core/session-token.ts'
import { systemRandom } from '../../../packages/sojourn/src/core/system.ts'
import { imported } from '../imported.ts'
import { inTurn, loop } from '../loop.ts'
import { bestPeer, type Contender, type Kind, type Row, type Work } from '../work.ts'

const issuer = 'https://app.example'
const secret = randomBytes(32).toString('base64url')
const keys = requireKeys([secret], issuer, 'bench')
const random = systemRandom()
const many = 512

type Parts = Pick<Work, 'title' | 'contenders'> & Partial<Pick<Work, 'note'>>

const variants: Readonly<Record<string, () => Promise<Parts>>> = {
  'session-token': sessionToken,
  'csrf-make': csrfMake,
  'csrf-check': csrfCheck,
  'random-id': randomId,
}

export const row: Row = {
  variants: Object.keys(variants),

  async work(variant): Promise<Work> {
    return {
      row: 'small-things',
      variant,
      unit: 'µs',
      goals: [{ times: 1, than: bestPeer }],
      guard: [{ times: 0.4, than: bestPeer }],
      ...(await variants[variant]!()),
    }
  },
}

/** Something that turns one input into a result, with examples of what it must and must not take. */
function contender<Input>(
  name: string,
  kind: Kind,
  once: (input: Input) => unknown,
  inputs: readonly Input[],
  isRight: () => boolean,
): Contender {
  return {
    name,
    kind,
    async prove() {
      if (!isRight()) throw new Error(`${name} does not do what it should`)
    },
    measure: loop(once, inTurn(inputs)),
  }
}

function several<T>(make: (number: number) => T): T[] {
  return Array.from({ length: many }, (_, number) => make(number))
}

function flipped(text: string): string {
  const at = text.length - 5
  return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
}

// ---------------------------------------------------------------------------------------------- session token

interface CookieSignature {
  sign(value: string, secret: string): string
  unsign(signed: string, secret: string): string | false
}

async function sessionToken(): Promise<Parts> {
  const { default: signature } = await imported<{ default: CookieSignature }>('cookie-signature')
  const ours = several((n) => issueSessionToken(newSecret(ownerOf(issuer, `person ${n}`), random), n, keys))
  const theirs = several(() => signature.sign(randomBytes(24).toString('base64url'), secret))
  const read = (token: string): unknown => readSessionToken(token, keys)
  const unsign = (signed: string): unknown => signature.unsign(signed, secret)
  return {
    title: 'Parse and check a session token',
    contenders: [
      contender(
        'Sojourn',
        'ours',
        read,
        ours,
        () => isTaken(read, ours) && read(flipped(ours[0]!)) === undefined,
      ),
      contender(
        'cookie-signature',
        'peer',
        unsign,
        theirs,
        () => isTaken(unsign, theirs) && unsign(flipped(theirs[0]!)) === false,
      ),
    ],
    note: 'Ours also gives the id under which the store knows the session: one more SHA-256. cookie-signature gives the id itself.',
  }
}

function isTaken(read: (token: string) => unknown, tokens: readonly string[]): boolean {
  return tokens.every((token) => Boolean(read(token)))
}

// ---------------------------------------------------------------------------------------------- csrf

interface FastifyCsrf {
  secretSync(): string
  create(secret: string, user?: string): string
  verify(secret: string, token: string, user?: string): boolean
}

interface DoubleCsrf {
  generateCsrfToken(request: object, response: object, options?: object): string
  validateRequest(request: object): boolean
}

interface CsrfCsrf {
  doubleCsrf(options: object): DoubleCsrf
}

async function csrfPeers(): Promise<{ fastify: FastifyCsrf; double: DoubleCsrf }> {
  const { default: Csrf } = await imported<{ default: new (options: object) => FastifyCsrf }>('@fastify/csrf')
  const { doubleCsrf } = await imported<CsrfCsrf>('csrf-csrf')
  const cookieName = 'csrf'
  return {
    fastify: new Csrf({ hmacKey: secret, userInfo: true }),
    double: doubleCsrf({
      getSecret: () => secret,
      getSessionIdentifier: ({ sessionId }: { sessionId: string }) => sessionId,
      cookieName,
      getCsrfTokenFromRequest: ({ token }: { token: string }) => token,
    }),
  }
}

const sessionIds = several(() => randomBytes(24).toString('base64url'))
// What csrf-csrf needs of a response: a place for a cookie.
const response = { cookie: () => {} }

function requestOf(sessionId: string, token?: string): object {
  return { sessionId, cookies: token === undefined ? {} : { csrf: token }, token }
}

async function csrfMake(): Promise<Parts> {
  const { fastify, double } = await csrfPeers()
  const ours = (id: string): string => issueCsrfToken(id, keys, random)
  const fastifySecret = fastify.secretSync()
  const theirs = (id: string): string => fastify.create(fastifySecret, id)
  const doubled = (request: object): string =>
    double.generateCsrfToken(request, response, { overwrite: true })
  const [id] = sessionIds as [string]
  return {
    title: 'Make a CSRF token',
    contenders: [
      contender('Sojourn', 'ours', ours, sessionIds, () => isCsrfToken(ours(id), id, keys)),
      contender('@fastify/csrf, bound to the user', 'peer', theirs, sessionIds, () =>
        fastify.verify(fastifySecret, theirs(id), id),
      ),
      contender(
        'csrf-csrf',
        'peer',
        doubled,
        sessionIds.map((each) => requestOf(each)),
        () => double.validateRequest(requestOf(id, doubled(requestOf(id)))),
      ),
    ],
    note: 'All are bound to the session, and different on every ask. csrf-csrf also looks at the cookies of the request.',
  }
}

async function csrfCheck(): Promise<Parts> {
  const { fastify, double } = await csrfPeers()
  const fastifySecret = fastify.secretSync()
  const pairs = (make: (id: string) => string): (readonly [string, string])[] =>
    sessionIds.map((id) => [make(id), id])
  const ours = ([token, id]: readonly [string, string]): boolean => isCsrfToken(token, id, keys)
  const theirs = ([token, id]: readonly [string, string]): boolean => fastify.verify(fastifySecret, token, id)
  const doubled = (request: object): boolean => double.validateRequest(request)
  const own = pairs((id) => issueCsrfToken(id, keys, random))
  const others = pairs((id) => fastify.create(fastifySecret, id))
  const requests = sessionIds.map((id) =>
    requestOf(id, double.generateCsrfToken(requestOf(id), response, { overwrite: true })),
  )
  const swapped = ([first, second]: readonly (readonly [string, string])[]): readonly [string, string] => [
    first![0],
    second![1],
  ]
  return {
    title: 'Check a CSRF token',
    contenders: [
      contender('Sojourn', 'ours', ours, own, () => own.every(ours) && !ours(swapped(own))),
      contender(
        '@fastify/csrf, bound to the user',
        'peer',
        theirs,
        others,
        () => others.every(theirs) && !theirs(swapped(others)),
      ),
      contender('csrf-csrf', 'peer', doubled, requests, () => requests.every(doubled)),
    ],
    note: 'csrf-csrf compares with ===, which tells by its time how much was right; ours compares in constant time.',
  }
}

// ---------------------------------------------------------------------------------------------- randomness

async function randomId(): Promise<Parts> {
  const { default: uid } = await imported<{ default: { sync(bytes: number): string } }>('uid-safe')
  const owner = ownerOf(issuer, 'somebody')
  const encoded = (bytes: Uint8Array): string =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
  const ways: readonly (readonly [string, Kind, () => string])[] = [
    ['Sojourn', 'ours', () => encoded(random(24))],
    ['uid-safe', 'peer', () => uid.sync(24)],
    ['randomBytes', 'raw', () => randomBytes(24).toString('base64url')],
  ]
  return {
    title: 'An id of 192 random bits',
    contenders: ways.map(([name, kind, once]) =>
      contender(
        name,
        kind,
        once,
        [owner],
        () => new Set([once(), once(), once()]).size === 3 && once().length === 32,
      ),
    ),
  }
}
