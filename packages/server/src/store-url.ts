// What the URL of a store says, before anything is opened.

import { resolve } from 'node:path'

export type StoreLocation = { readonly kind: 'memory' } | { readonly kind: 'sqlite'; readonly path: string }

/** The store that a URL names, or what is wrong with the URL. */
export function readStoreUrl(url: string): StoreLocation | string {
  if (url === 'memory:') return { kind: 'memory' }
  // sqlite:relative, sqlite:/absolute and sqlite:///absolute; after two slashes there would be a host.
  const path = /^sqlite:(?:\/\/(?=\/)|(?!\/\/))(.+)$/.exec(url)?.[1]
  if (path !== undefined && !path.startsWith(':memory:')) return { kind: 'sqlite', path: resolve(path) }
  if (url.startsWith('sqlite:')) return 'names no file; write sqlite:PATH'
  // A URL may hold a password, so no more of it is repeated than its scheme.
  const scheme = /^[a-z][a-z+.-]{0,30}:/i.exec(url)?.[0] ?? 'no scheme'
  return `has ${scheme} and names no store; write sqlite:PATH or memory:`
}
