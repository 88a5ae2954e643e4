// The scripts of a page, as far as they come from its own origin, for a look at what they keep where. Bounded: a page
// with more has its first ones read.

import type { Answer, Visitor } from './visitor.ts'

const most = 20

/** The page itself, and the scripts that it and they name. */
export async function scriptsOf(page: Answer, visitor: Visitor): Promise<readonly string[]> {
  if (!String(page.headers['content-type'] ?? '').includes('html')) return []
  const sources = [page.body]
  const waiting = [...page.body.matchAll(/<script\b[^>]{0,1000}\bsrc=["']?([^"'\s>]+)/gi)].map(([, src]) =>
    pathOf(src!, page.path),
  )
  const known = new Set<string | undefined>(waiting)
  for (let path = waiting.shift(); sources.length <= most; path = waiting.shift()) {
    if (path === undefined) {
      if (waiting.length === 0) break
      continue
    }
    const { status, body } = await visitor.ask('GET', path)
    if (status !== 200) continue
    sources.push(body)
    for (const [, specifier] of body.matchAll(/\b(?:from|import)\s*\(?["']([./][^"']{1,500})["']/g)) {
      const next = pathOf(specifier!, path)
      if (!known.has(next)) waiting.push(next)
      known.add(next)
    }
  }
  return sources
}

/** The path, if it is on the same origin. */
function pathOf(reference: string, base: string): string | undefined {
  const here = new URL(base, 'http://here.invalid')
  if (!URL.canParse(reference, here.href)) return undefined
  const url = new URL(reference, here)
  return url.origin === here.origin ? url.pathname + url.search : undefined
}
