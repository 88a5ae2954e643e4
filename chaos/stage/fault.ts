// What breaks, and what it breaks on. A fault is over when its promise resolves, and everything works again.

import type { Chance } from '../chance.ts'

export interface Fault {
  readonly name: string
  /** How often, beside the others. */
  readonly weight: number
  /** Breaks something and mends it again. Resolves to what it was. */
  run(chance: Chance): Promise<string>
}

export function pass(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
