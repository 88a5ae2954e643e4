// What a parser is to the fuzzer.

export interface Target {
  readonly name: string
  readonly seeds: readonly string[]
  /** What this parser knows. */
  readonly words: readonly string[]
  /** Throws where something is not as it must be. */
  readonly feed: (input: string) => void | Promise<void>
}
