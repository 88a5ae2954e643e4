// What is wrong with the form of the options. The compiler finds most of it, but not everybody compiles, and what is
// read from the environment is never what its type says.

const texts = ['audience', 'clientId', 'environment'] as const
const functions = ['migrate', 'clock', 'random'] as const
const schemas = ['claims', 'data'] as const
const storeVerbs = ['insert', 'find', 'replace', 'remove', 'list', 'removeAll'] as const

/** Every option that is not what it should be; those that are absent have a default, or are missed elsewhere. */
export function formFaults(options: object): readonly string[] {
  const given = options as Readonly<Record<string, unknown>>
  const wrong = <Name extends string>(
    names: readonly Name[],
    isRight: (value: unknown) => boolean,
  ): readonly Name[] => names.filter((name) => given[name] !== undefined && !isRight(given[name]))
  const missing = storeVerbs.filter((verb) => !isFunction(memberOf(given['store'], verb)))
  const { listeners, feed } = given
  return [
    ...wrong(texts, isText).map((name) => `${name} is not a text, or is empty`),
    ...(missing.length === 0
      ? []
      : [`store has no ${missing.join('(), ')}(); pass sqliteStore(…) or another store`]),
    ...(feed === undefined || isFeedLike(feed) ? [] : ['feed has no announce() and follow()']),
    ...wrong(schemas, isSchema).map((name) => `${name} is not a Standard Schema; see standardschema.dev`),
    ...wrong(functions, isFunction).map((name) => `${name} is not a function`),
    ...(listeners === undefined || isListOfFunctions(listeners)
      ? []
      : ['listeners is not a list of functions']),
  ]
}

function isFeedLike(value: unknown): boolean {
  return isFunction(memberOf(value, 'announce')) && isFunction(memberOf(value, 'follow'))
}

function memberOf(value: unknown, name: string): unknown {
  const hasMembers = isFunction(value) || (typeof value === 'object' && value !== null)
  return hasMembers ? (value as Record<string, unknown>)[name] : undefined
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function isListOfFunctions(value: unknown): boolean {
  return Array.isArray(value) && value.every(isFunction)
}

function isSchema(value: unknown): boolean {
  return isFunction(memberOf(memberOf(value, '~standard'), 'validate'))
}
