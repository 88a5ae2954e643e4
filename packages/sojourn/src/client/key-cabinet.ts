// Where the key pair of a device is kept. In a browser that is IndexedDB, which keeps the key as an object that scripts can
// use and none can read: it was made not extractable. Elsewhere it is memory, unless the app brings a place of its own.
//
// The first pair wins: of two tabs that make one at the same moment, both go on with the same. Not to be able to read is no
// reason to make another pair, because everything is bound to this one: it is a fault, and the next request tries again.

/** A pair of WebCrypto keys (`CryptoKeyPair`). */
export interface KeyPair {
  readonly privateKey: object
  readonly publicKey: object
}

/** A place for one key pair. */
export interface KeyCabinet {
  /** The pair that is kept. */
  read(): Promise<KeyPair | undefined>
  /** Keeps this pair if there is none; resolves to the one that is kept then. */
  keep(pair: KeyPair): Promise<KeyPair>
  clear(): Promise<void>
}

/** For as long as the page or the process lives. */
export function memoryCabinet(): KeyCabinet {
  let kept: KeyPair | undefined
  return {
    read: async () => kept,
    keep: async (pair) => (kept ??= pair),
    clear: async () => {
      kept = undefined
    },
  }
}

// The little that is used of IndexedDB.
interface Told {
  addEventListener(type: string, listener: () => void): void
}
interface Asked<Result> extends Told {
  readonly result: Result
  readonly error: unknown
}
interface Shelf {
  get(name: string): Asked<unknown>
  put(value: unknown, name: string): Asked<unknown>
  delete(name: string): Asked<unknown>
}
interface Transaction extends Told {
  objectStore(name: string): Shelf
  readonly error: unknown
}
interface Database {
  createObjectStore(name: string): unknown
  transaction(name: string, mode: 'readonly' | 'readwrite'): Transaction
  close(): void
}
interface Databases {
  open(name: string, version: number): Asked<Database>
}

const database = 'sojourn'
const shelf = 'keys'

/** In the IndexedDB of this origin, under this name; undefined where there is none. */
export function browserCabinet(name: string): KeyCabinet | undefined {
  const databases = (globalThis as { readonly indexedDB?: Databases }).indexedDB
  if (!databases) return undefined
  return {
    read: () => within(databases, 'readonly', (keys, give) => ask(keys.get(name), give)),
    keep: async (pair) => {
      // Looking and putting are one transaction, so no other tab comes in between.
      const kept = await within(databases, 'readwrite', (keys, give) =>
        ask(keys.get(name), (found) => {
          give(found ?? pair)
          if (found === undefined) keys.put(pair, name)
        }),
      )
      return kept ?? pair
    },
    clear: async () => void (await within(databases, 'readwrite', (keys) => void keys.delete(name))),
  }
}

function ask(asked: Asked<unknown>, give: (value: unknown) => void): void {
  asked.addEventListener('success', () => give(asked.result))
}

// One connection for each: it is done once or twice in the life of a page, and an open one would be in the way of others.
async function within(
  databases: Databases,
  mode: 'readonly' | 'readwrite',
  work: (keys: Shelf, give: (value: unknown) => void) => void,
): Promise<KeyPair | undefined> {
  const opened = await open(databases)
  try {
    return await new Promise((resolve, reject) => {
      let given: unknown
      const transaction = opened.transaction(shelf, mode)
      transaction.addEventListener('complete', () => resolve(given as KeyPair | undefined))
      transaction.addEventListener('abort', () => reject(faultOf(transaction.error)))
      work(transaction.objectStore(shelf), (value) => {
        given = value
      })
    })
  } finally {
    opened.close()
  }
}

function open(databases: Databases): Promise<Database> {
  return new Promise((resolve, reject) => {
    const asked = databases.open(database, 1)
    asked.addEventListener('upgradeneeded', () => void asked.result.createObjectStore(shelf))
    asked.addEventListener('success', () => resolve(asked.result))
    asked.addEventListener('error', () => reject(faultOf(asked.error)))
  })
}

function faultOf(cause: unknown): Error {
  return new Error('IndexedDB has not kept or given the key', { cause })
}
