// Builds the page of the dashboard into the server, unless it is there and nothing that it is made of is newer:
// `npm run dashboard`. The page is put in its place whole, so whoever else builds or reads meanwhile sees one or the other.
//
// Plain JavaScript, because it runs before a Node that strips types was chosen.

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const source = join(root, 'packages', 'dashboard')
const place = join(root, 'packages', 'server', 'dashboard')

// Of the library the page has the client, and the lock says which versions of everything else.
const madeOf = [
  join(source, 'src'),
  join(source, 'index.html'),
  join(source, 'vite.config.ts'),
  join(root, 'packages', 'sojourn', 'src', 'client'),
  join(root, 'package-lock.json'),
]

/** Builds the page if it is not up to date; `node` runs the bundler. Says what went wrong by throwing. */
export function buildDashboard(node = process.execPath) {
  const page = join(place, 'index.html')
  if (existsSync(page) && statSync(page).mtimeMs > Math.max(...madeOf.map(newest))) return
  const draft = `${place}.${process.pid}`
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  try {
    execFileSync(node, [vite, 'build', '--logLevel', 'warn', '--outDir', draft], {
      cwd: source,
      stdio: 'inherit',
      // Whoever builds it, a test or a developer: the page is the one that is shipped.
      env: { ...process.env, NODE_ENV: 'production' },
    })
    rmSync(place, { recursive: true, force: true })
    renameSync(draft, place)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

function newest(path) {
  const { mtimeMs } = statSync(path)
  if (!statSync(path).isDirectory()) return mtimeMs
  const within = readdirSync(path, { recursive: true }).map((name) => statSync(join(path, name)).mtimeMs)
  return Math.max(mtimeMs, ...within)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildDashboard()
