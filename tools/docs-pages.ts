// The pages of the documentation, their fences and what stands between them.

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Line {
  readonly text: string
  /** Its number on the page, from 1. */
  readonly number: number
}

export interface Fence {
  readonly page: string
  readonly number: number
  readonly language: string
  readonly info: string
  /** False if the page ends before the fence does. */
  readonly isClosed: boolean
  readonly lines: readonly Line[]
}

/** The folder that the pages are found in; a page is a path from there. */
export type Root = string

export function findPages(root: Root): string[] {
  const patterns = ['*.md', 'docs/**/*.md', 'packages/*/*.md', 'examples/*/*.md']
  return globSync(patterns, { cwd: root, exclude: (name) => name === 'node_modules' }).sort()
}

/** The fenced blocks of a page, without the indentation of the list that they may stand in. */
export function fencesOf(root: Root, page: string): Fence[] {
  const fences: Fence[] = []
  let open: { fence: Fence; lines: Line[]; mark: string; indent: string } | undefined
  for (const [index, text] of linesOf(root, page).entries()) {
    const number = index + 1
    if (open && new RegExp(`^\\s*${open.mark}+\\s*$`).test(text)) {
      fences.push({ ...open.fence, lines: open.lines })
      open = undefined
    } else if (open) {
      open.lines.push({ text: text.startsWith(open.indent) ? text.slice(open.indent.length) : text, number })
    } else {
      const [, indent = '', mark, language = '', info = ''] =
        /^(\s*)(`{3,}|~{3,})\s*(\S*)\s*(.*)$/.exec(text) ?? []
      if (mark)
        open = {
          fence: { page, number, language, info: info.trim(), isClosed: true, lines: [] },
          lines: [],
          mark,
          indent,
        }
    }
  }
  return open ? [...fences, { ...open.fence, isClosed: false }] : fences
}

export function linesOf(root: Root, page: string): string[] {
  return readFileSync(join(root, page), 'utf8').split('\n')
}

/** The numbers of the lines that stand inside a fence. */
export function fencedLines(root: Root, page: string): Set<number> {
  return new Set(fencesOf(root, page).flatMap((fence) => fence.lines.map((line) => line.number)))
}
