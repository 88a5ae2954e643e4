import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

const workspace = join(import.meta.dirname, '../..')

/** A folder inside the workspace, so that packages are found from it, with these files; gone after the test. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  mkdirSync(join(workspace, '.fixtures'), { recursive: true })
  const folder = mkdtempSync(join(workspace, '.fixtures', 'test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

/** What a tool prints, and its exit code. */
export function tool(
  name: string,
  ...words: string[]
): { readonly code: number | null; readonly text: string } {
  const result = spawnSync(process.execPath, [join(workspace, 'tools', name), ...words], { encoding: 'utf8' })
  return { code: result.status, text: `${result.stdout}${result.stderr}` }
}
