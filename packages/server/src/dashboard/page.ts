// The page itself: the files that packages/dashboard is built into, read once, under a policy that lets it load nothing
// from anywhere else, run no script but its own files, and make no markup out of text. What is not a file is a place
// within the page, so that a link to a session can be opened anew.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'

import { SojournError } from 'sojourn'

const folder = new URL('../../dashboard/', import.meta.url)

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const contentSecurityPolicy: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** Answers with a file of the page, or with the page. */
export type Page = (path: string) => Response

/** Reads the page. Where it was not built, it answers with what to do. */
export function openPage(): Page {
  if (!existsSync(new URL('index.html', folder))) return notBuilt
  const page = readFileSync(new URL('index.html', folder))
  const assets = new Map(
    readdirSync(new URL('assets/', folder)).map((name) => [
      name,
      { bytes: readFileSync(new URL(`assets/${name}`, folder)), type: types[extname(name)] },
    ]),
  )
  return (path) => {
    const name = /^\/assets\/([^/]+)$/.exec(path)?.[1]
    if (name === undefined) return pageOf(page)
    const asset = assets.get(name)
    if (!asset) throw new SojournError('not_found')
    // Its name changes with what is in it.
    return new Response(new Uint8Array(asset.bytes), {
      headers: {
        'content-type': asset.type ?? 'application/octet-stream',
        'cache-control': 'public, max-age=31536000, immutable',
      },
    })
  }
}

function pageOf(bytes: Uint8Array): Response {
  return new Response(new Uint8Array(bytes), {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy,
      'cache-control': 'no-cache',
    },
  })
}

function notBuilt(): Response {
  return new Response('The dashboard has not been built. In a checkout: npm run dashboard\n', {
    status: 503,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  })
}
