// Chance that a test can repeat. It is no secret to anybody who knows the seed: never give it to a real application.

import { sha256 } from '../core/crypto.ts'
import type { Random } from '../core/system.ts'

/** FOR TESTS ONLY: the same bytes for the same seed, every time; no two calls hand out the same ones. */
export function seededRandom(seed: number | string): Random {
  let block: Uint8Array = new Uint8Array(0)
  let blocks = 0
  let used = 0
  const next = (): number => {
    if (used === block.length) {
      block = sha256(`seed ${seed} block ${blocks++}`)
      used = 0
    }
    return block[used++]!
  }
  return (length) => Uint8Array.from({ length }, next)
}
