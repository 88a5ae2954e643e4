// How a request goes out. Usually as it is; where the tokens are bound to a key, with a proof by that key. Those who need no
// proofs ship no code for them: `proofKeys` is an entry of its own, and this is all that the client knows of it.

import type { Platform } from './platform.ts'

/** Makes the same request, new for each time that it is sent. */
export type Making = () => Request

/** Keys of this device, and proofs by them (RFC 9449): made by `proofKeys` of `sojourn/client-dpop`. */
export interface ProofKeys {
  /** Sends a request with a proof; once more where the answer says with which nonce, or at what time, it would be good. */
  readonly send: (
    make: Making,
    options: { readonly isRepeatable: boolean; readonly platform: Pick<Platform, 'fetch' | 'wall'> },
  ) => Promise<Response>
  /** Throws a `ClientError` with the code `tokens_unbound` if a sign-in says that its tokens are bound to nothing. */
  readonly check: (tokenType: string | undefined) => void
  /** The thumbprint of the public key (RFC 7638, SHA-256), 43 characters: the `jkt` that a sign-in binds a session to. */
  readonly thumbprint: () => Promise<string>
  /** Forgets the key: what is bound to it is worth nothing then, and the next proof is by another. */
  readonly forget: () => Promise<void>
}
