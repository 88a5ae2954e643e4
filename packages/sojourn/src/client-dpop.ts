// What `import … from 'sojourn/client-dpop'` gives: tokens of the client that are worth nothing without a key of the device.

export { proofKeys, type ProofKeysOptions } from './client/proof-keys.ts'
export type { KeyCabinet, KeyPair } from './client/key-cabinet.ts'
