// The public keys of somebody else, as a JWK set (RFC 7517 §5). Of each key we compute the header that its tokens have,
// to the letter, so that no header of a token ever has to be parsed.

import { verifyingKey, type Jwk, type VerifyingKey } from './algorithms.ts'

/** A JWK set, as `sojourn.keys.jwks()` gives it. */
export interface JwkSet {
  readonly keys: readonly Jwk[]
}

/** The keys of a set, each by the header of its tokens. */
export type KeySet = ReadonlyMap<string, VerifyingKey>

const mostKeys = 100
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/**
 * The keys of a set that verify access tokens, or a sentence that says why the whole set is refused: a private key in
 * it, two keys of one name, or none that is fit. Other keys are ignored: a set may hold what others can use.
 */
export function readKeySet(value: unknown): KeySet | string {
  const entries = entriesOf(value)
  if (!entries) return 'is not a JWK set'
  if (entries.length > mostKeys) return `has more than ${mostKeys} keys`
  if (entries.some((jwk) => privateMembers.some((member) => Object.hasOwn(jwk, member)))) {
    return 'holds a private or secret key; publish only what sojourn.keys.jwks() gives'
  }
  const read = entries.map(verifyingKey)
  const fit = read.filter((key) => typeof key !== 'string')
  const kids = fit.map(({ kid }) => kid)
  const twice = kids.find((kid, index) => kids.indexOf(kid) !== index)
  if (twice !== undefined) return `has two keys with the kid ${JSON.stringify(twice)}`
  if (fit.length > 0) return new Map(fit.map((key) => [key.header, key]))
  const faults = read
    .filter((fault) => typeof fault === 'string')
    .map((fault, index) => `keys[${index}] ${fault}`)
  return ['has no key to verify with', ...faults].join('; ')
}

function entriesOf(value: unknown): readonly Jwk[] | undefined {
  const keys: unknown = isObject(value) ? value['keys'] : undefined
  return Array.isArray(keys) ? keys.filter(isObject) : undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
