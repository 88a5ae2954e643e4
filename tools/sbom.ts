// Writes what somebody takes in who installs the server: `.packed/sbom.cdx.json`, a bill of materials in CycloneDX, each
// package with its version and hash. After `npm run pack`; it asks the registry what those packages need.

import { execFileSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)
const packed = join(root, '.packed')
const stage = join(packed, 'installed')
const archives = globSync('*.tgz', { cwd: packed }).map((name) => join(packed, name))
if (archives.length === 0) throw new Error('There is nothing in .packed/: npm run pack')

const { version } = JSON.parse(readFileSync(join(root, 'packages/server/package.json'), 'utf8')) as {
  version: string
}
rmSync(stage, { recursive: true, force: true })
mkdirSync(stage)
writeFileSync(
  join(stage, 'package.json'),
  JSON.stringify({ name: 'sojourn-installed', version, private: true }),
)
npm('install', '--ignore-scripts', '--no-audit', '--no-fund', '--omit=peer', '--omit=optional', ...archives)
writeFileSync(
  join(packed, 'sbom.cdx.json'),
  npm('sbom', '--sbom-format=cyclonedx', '--sbom-type=application'),
)
rmSync(stage, { recursive: true })

function npm(...words: readonly string[]): string {
  return execFileSync('npm', words, { cwd: stage, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}
