// Keys whose proofs were good here before. To import a key costs twice as much as to check a signature with it, and a client
// proves the same one with every request.

import type { PublicAlgorithm } from './algorithms.ts'
import type { ProofKey } from './proof-jws.ts'

const most = 1000

export class ProofKeys {
  // The oldest of those that were not used since the last round goes first: a key that is in use moves over.
  #young = new Map<string, ProofKey>()
  #old = new Map<string, ProofKey>()

  get size(): number {
    return this.#young.size + this.#old.size
  }

  find(algorithm: PublicAlgorithm, jkt: string): ProofKey | undefined {
    const name = `${algorithm} ${jkt}`
    return this.#young.get(name) ?? this.#old.get(name)
  }

  /** Notes a key; only one whose proof was good, so that strangers displace none. */
  add(algorithm: PublicAlgorithm, key: ProofKey): void {
    const name = `${algorithm} ${key.jkt}`
    if (this.#young.has(name)) return
    if (this.#young.size >= most / 2) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(name, key)
  }
}
