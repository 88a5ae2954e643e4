// Inputs made from good ones: cut, doubled, spliced, misspelt, or filled with what parsers stumble over. The same seed
// makes the same inputs.

/** A number from 0 to just below 1. */
export type Dice = () => number

/** Dice that fall the same for the same seed (xorshift32). */
export function diceOf(seed: number): Dice {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** No input is longer: what is longer is refused by its length, and tells nothing of the parser. */
export const longest = 70_000

const odd = [
  ...'\0\t\n\r "\'%&()*+,-./:;<=>?@[\\]^_`{|}~\u007f\u0080\u00a0ß\u0130\u2028\ufeff\uffff\ud800\udc00💥'.split(
    '',
  ),
  '__proto__',
  'constructor',
  '%00',
  '%2e%2e%2f',
  '\r\n\r\n',
  'null',
  'true',
  '1e999',
  '-0',
  '9007199254740993',
  '0x10',
  '[[[[[[[[',
  '{"a":',
  '==',
  '..',
  '::',
  '255.255.255.256',
]

/** An input: one of the seeds after a few changes, or something of the words alone. */
export function mutated(seeds: readonly string[], words: readonly string[], dice: Dice): string {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(dice() * from.length)]!
  const place = (text: string): number => Math.floor(dice() * (text.length + 1))
  const word = (): string => (words.length > 0 && dice() < 0.6 ? pick(words) : pick(odd))
  const changes: readonly ((text: string) => string)[] = [
    (text) => replaced(text, place(text), 1, word()),
    (text) => replaced(text, place(text), 0, word()),
    (text) => replaced(text, place(text), Math.ceil(dice() * 8), ''),
    (text) => replaced(text, place(text), 1, String.fromCodePoint(Math.floor(dice() * 0x1_00_00))),
    (text) => replaced(text, place(text), 1, String.fromCodePoint(Math.floor(dice() * 0x80))),
    (text) => text.slice(0, place(text)),
    (text) => text.slice(place(text)),
    (text) => text + text,
    (text) => text.slice(0, place(text)) + pick(seeds).slice(place(text)),
    (text) => replaced(text, place(text), 0, word().repeat(Math.ceil(2 ** (dice() * 10)))),
    (text) => (dice() < 0.5 ? text.toUpperCase() : text.toLowerCase()),
    () => Array.from({ length: Math.ceil(dice() * 12) }, word).join(''),
  ]
  let text = pick(seeds)
  for (let left = 1 + Math.floor(dice() * 4); left > 0; left--) text = pick(changes)(text).slice(0, longest)
  return text
}

function replaced(text: string, at: number, length: number, by: string): string {
  return text.slice(0, at) + by + text.slice(at + length)
}
