// The application's secrets, newest first, and the keys derived from each. Every derived key depends on the secret,
// the issuer and the environment's name, so a token of staging means nothing in production even where somebody gave
// both the same secret.

import { encode } from './base64url.ts'
import { configurationError } from './errors.ts'
import { deriveKey, hmac, type Mac } from './crypto.ts'
import { secretFault } from './secret-fault.ts'

/** The keys that one secret gives. */
export interface DerivedKeys {
  /** Says in a session token under which secret it was made: one byte, not unique. */
  readonly mark: number
  readonly sessionMac: Mac
  readonly csrfMac: Mac
  readonly deviceMac: Mac
  /** For access tokens with HS256, which only this application verifies. */
  readonly accessKey: Uint8Array
  /** Encrypts private signing keys in the store. */
  readonly vaultKey: Uint8Array
  /** For the nonces of DPoP proofs. */
  readonly dpopMac: Mac
  /** For the challenges of device bound sessions. */
  readonly dbscMac: Mac
  /** Chains the lines of the audit trail. */
  readonly auditMac: Mac
  /** By which a store knows the secret, whatever the issuer and the environment: 24 characters that lead to nothing. */
  readonly fingerprint: string
}

/** Derives the keys of each fit secret; what is wrong with the others is added to `faults`. */
export function deriveKeys(
  secrets: readonly (string | undefined)[],
  issuer: string,
  environment: string,
  faults: string[],
): readonly DerivedKeys[] {
  return usableSecrets('secrets', secrets, faults).map((secret) => keysOf(secret, issuer, environment))
}

/** The fit ones of a list of secrets; what is wrong with the others, or with the list, is added to `faults`. */
export function usableSecrets(
  name: string,
  secrets: readonly (string | undefined)[],
  faults: string[],
): readonly string[] {
  if (!isList(secrets)) {
    faults.push(`${name} is not a list; write [process.env.SOJOURN_SECRET]`)
    return []
  }
  if (secrets.length === 0) faults.push(`${name} is empty; ${howToMake}`)
  secrets.forEach((secret, index) => {
    const fault = secretFault(secret)
    if (fault) faults.push(`${name}[${index}] ${fault}; ${howToMake}`)
    else if (secrets.indexOf(secret) !== index) faults.push(`${name}[${index}] is the same as an earlier one`)
  })
  return secrets.filter((secret): secret is string => secretFault(secret) === undefined)
}

// As a statement about the value, not about its type.
function isList(value: unknown): boolean {
  return Array.isArray(value)
}

const howToMake = 'make one with: npx sojourn keys generate-secret'

function keysOf(secret: string, issuer: string, environment: string): DerivedKeys {
  const key = (purpose: string): Uint8Array => deriveKey(secret, purpose, issuer, environment)
  return {
    mark: key('mark')[0]!,
    sessionMac: hmac(key('session token')),
    csrfMac: hmac(key('csrf token')),
    deviceMac: hmac(key('device token')),
    accessKey: key('access token'),
    vaultKey: key('key vault'),
    dpopMac: hmac(key('dpop nonce')),
    dbscMac: hmac(key('dbsc challenge')),
    auditMac: hmac(key('audit trail')),
    fingerprint: encode(deriveKey(secret, 'secret fingerprint').subarray(0, 18)),
  }
}

/** The keys of a single set of secrets, or the error that says what is wrong with them. */
export function requireKeys(
  secrets: readonly string[],
  issuer: string,
  environment: string,
): readonly DerivedKeys[] {
  const faults: string[] = []
  const keys = deriveKeys(secrets, issuer, environment, faults)
  if (faults.length > 0) throw configurationError('The secrets cannot be used', faults)
  return keys
}
