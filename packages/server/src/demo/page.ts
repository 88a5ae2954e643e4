// The page itself: the files of packages/server/demo, read once, under a policy that lets it load nothing from anywhere
// else, run no script but its own files, and make no markup out of text.

import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'

import type { Hono } from 'hono'

import type { Env } from '../api/context.ts'

const folder = new URL('../../demo/', import.meta.url)

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** Serves `index.html` under `/`, and every other file of the folder under `/demo/page/`. */
export function servePage(app: Hono<Env>): void {
  for (const name of readdirSync(folder)) {
    const type = types[extname(name)]
    if (type === undefined) continue
    const bytes = readFileSync(new URL(name, folder))
    app.get(name === 'index.html' ? '/' : `/demo/page/${name}`, (context) =>
      context.body(bytes, 200, {
        'Content-Type': type,
        'Content-Security-Policy': contentSecurityPolicy,
        'Cache-Control': 'no-cache',
      }),
    )
  }
}
