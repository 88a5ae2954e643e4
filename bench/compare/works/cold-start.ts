// From nothing to the first answer: how long it takes to load a library, to make its one object, and to tell for the first
// time whether somebody is signed in. Each time in a new process; what Node needs to start is not counted.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { bundleLibrary } from '../../../tools/bundle.ts'
import type { Contender, Kind, Row, Work } from '../work.ts'

const folder = join(import.meta.dirname, '../cold-start')

export const row: Row = {
  variants: ['first-verify'],
  span: 1,
  warmUp: 1,

  async work(variant): Promise<Work> {
    // What is published, and not the sources, which have their types taken off first.
    const published = mkdtempSync(join(tmpdir(), 'sojourn-published-'))
    await bundleLibrary(published)
    return {
      row: 'cold-start',
      variant,
      title: 'Cold start: from the import to the first session that is verified',
      unit: 'ms',
      contenders: [
        starting('Sojourn', 'ours', 'sojourn.mjs', published),
        starting('better-auth', 'peer', 'better-auth.mjs'),
        starting('supertokens-node, import and init only', 'peer', 'supertokens.mjs'),
        starting('jose, import and first verification', 'peer', 'jose.mjs'),
      ],
      goals: [
        { atMost: 15 },
        { times: 1, than: 'better-auth' },
        { times: 1, than: 'supertokens-node, import and init only' },
      ],
      note: 'By the clock, on a machine that has read the files before. supertokens-node asks a server of its own for sessions, which is not counted. jose holds no sessions: it is here to show what an import costs.',
      close: async () => rmSync(published, { recursive: true }),
    }
  },
}

function starting(name: string, kind: Kind, program: string, ...args: readonly string[]): Contender {
  const start = async (): Promise<number> => {
    const words = ['--no-warnings', join(folder, program), ...args]
    const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: folder })
    return Number(stdout.trim().split('\n').at(-1))
  }
  return {
    name,
    kind,
    async prove() {
      // Each program ends with an error if its first answer is not the right one.
      if (!((await start()) > 0)) throw new Error(`${name} does not say how long it took`)
    },
    measure: start,
  }
}
