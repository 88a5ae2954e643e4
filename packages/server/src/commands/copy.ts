// `sojourn sessions copy`: all live sessions from one store to another, while the servers on the first one go on.

import { createHash } from 'node:crypto'
import { resolve } from 'node:path'

import type { Store } from 'sojourn'

import { openStore, type OpenStore } from '../open-store.ts'
import { openLog } from '../ops/log.ts'
import { SettingsError } from '../settings.ts'
import { checkpointAt } from '../transfer/checkpoint.ts'
import { copySessions, copyState, type Copied } from '../transfer/copy.ts'
import { otherStore } from './other-store.ts'
import { note, printJson } from './output.ts'
import { startProgress } from './progress.ts'
import { complain } from './settle.ts'

export interface CopyFlags {
  readonly from?: string
  readonly to?: string
  readonly checkpoint?: string
  readonly mirror?: boolean
  readonly json?: boolean
}

export async function copyStore(flags: CopyFlags): Promise<number> {
  const opened: OpenStore[] = []
  try {
    const [source, target] = [otherStore('from', flags.from), otherStore('to', flags.to)]
    const open = async ({ location, place }: typeof source): Promise<OpenStore> => {
      const store = await openStore(location, place, openLog('silent'))
      opened.push(store)
      return store
    }
    const [from, to] = [await open(source), await open(target)]
    if (from.shown === to.shown) throw new SettingsError(['--from and --to are the same store'])
    const copying = `${from.shown} to ${to.shown}`
    const digest = createHash('sha256').update(copying).digest('hex').slice(0, 8)
    const checkpoint = checkpointAt(
      resolve(flags.checkpoint ?? `sojourn-copy-${digest}.checkpoint`),
      copyState,
    )
    const isResumed = checkpoint.read()?.copying === copying
    if (isResumed) note(`Going on from ${checkpoint.path}.`)
    const bar = startProgress({ doing: 'Copying sessions', total: await countIn(from.store) })
    const { mirror = false, json = false } = flags
    const onProgress = (count: number): void => bar.advance(count)
    const copied = await copySessions({
      from: from.store,
      to: to.store,
      copying,
      checkpoint,
      mirror,
      onProgress,
    })
    bar.stop()
    if (json) printJson(copied)
    else tell(copied)
    return 0
  } catch (error) {
    return complain(error)
  } finally {
    for (const store of opened) await store.close()
  }
}

async function countIn(store: Store): Promise<number> {
  if (!('stats' in store)) return 0
  const { live, expired } = await (
    store as Store & { stats(now: number): Promise<{ live: number; expired: number }> }
  ).stats(Date.now())
  return live + expired
}

function tell({ copied, updated, present, ended, isCertain }: Copied): void {
  note(`Copied ${copied}; ${updated} were older there, ${present} were there, ${ended} had ended.`)
  if (!isCertain)
    note('The store did not tell in time what has ended meanwhile: run it once more with --mirror.')
}
