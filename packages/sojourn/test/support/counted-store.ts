import type { Store } from '../../src/core/store.ts'

/** The store, writing down what it is asked, in order. */
export function countedStore(store: Store, calls: string[]): Store {
  const counting = (verb: keyof Store) => ({
    [verb]: (...args: readonly unknown[]) => {
      calls.push(verb)
      return (store[verb] as (...args: readonly unknown[]) => unknown)(...args)
    },
  })
  const verbs = ['insert', 'find', 'replace', 'remove', 'list', 'removeAll'] as const
  return Object.assign({}, ...verbs.map(counting)) as Store
}
