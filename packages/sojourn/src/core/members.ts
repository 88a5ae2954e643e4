// Which members an object of options may have.

/** The members that there are; the compiler holds such a table to its interface. */
export type Members<T> = Readonly<Record<keyof T, true>>

/** Members that there are not: somebody has misspelt a setting, and believes that it holds. */
export function unknownMembers(
  value: unknown,
  known: Readonly<Record<string, true>>,
  path = '',
): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  const names = Object.keys(value).filter((name) => !Object.hasOwn(known, name))
  return names.map((name) => `${path}${name} is no option; there are ${Object.keys(known).join(', ')}`)
}
