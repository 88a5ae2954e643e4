// The relative links of a page: to a file that exists, and to a heading that is there.

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fencedLines, linesOf, type Line, type Root } from './docs-pages.ts'

/** Relative links whose file or heading does not exist. */
export function brokenLinks(root: Root, page: string): string[] {
  return prose(root, page).flatMap(({ text, number }) => {
    const inline = [...text.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)]
    const defined = [...text.matchAll(/^\s*\[[^\]]+\]:\s*(\S+)/g)]
    return [...inline, ...defined]
      .map((match) => match[1] ?? '')
      .filter((target) => !/^([a-z][a-z+.-]*:|\/\/)/i.test(target) && !leadsSomewhere(root, page, target))
      .map((target) => `${page}:${number}: the link ${target} leads nowhere`)
  })
}

function leadsSomewhere(root: Root, page: string, target: string): boolean {
  const [path = '', anchor] = decodeURIComponent(target).split('#')
  const file = path === '' ? page : join(path.startsWith('/') ? '' : dirname(page), path)
  if (file.startsWith('..') || !existsSync(join(root, file))) return false
  if (anchor === undefined || !file.endsWith('.md')) return true
  return anchorsOf(root, file).has(anchor)
}

/** The lines of a page outside its fences, without what stands in backticks. */
function prose(root: Root, page: string): Line[] {
  const inFence = fencedLines(root, page)
  return linesOf(root, page)
    .map((text, index) => ({ text: text.replaceAll(/(`+)[^`]*\1/g, ''), number: index + 1 }))
    .filter((line) => !inFence.has(line.number))
}

/** What GitHub calls the headings of a page. */
function anchorsOf(root: Root, page: string): Set<string> {
  const seen = new Map<string, number>()
  const anchors = new Set<string>()
  const inFence = fencedLines(root, page)
  for (const [index, text] of linesOf(root, page).entries()) {
    for (const match of text.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(match[1] ?? '')
    const heading = inFence.has(index + 1) ? undefined : /^#{1,6} (.*)$/.exec(text)?.[1]
    if (heading === undefined) continue
    const title = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .trim()
      .toLowerCase()
    const slug = title.replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, '').replaceAll(/\s/g, '-')
    const times = seen.get(slug) ?? 0
    seen.set(slug, times + 1)
    anchors.add(times === 0 ? slug : `${slug}-${times}`)
  }
  return anchors
}
