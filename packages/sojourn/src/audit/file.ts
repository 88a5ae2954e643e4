// A journal in files: lines of JSON, for whoever has no database for it or ships logs from files. Several processes of one
// machine may share it.
//
// The order survives a process that is killed at any moment. Lines come first, flushed if that is asked for; then the seal
// beside them, which says how long the file is now, is renamed into its place: that is when an append has happened. Lines
// behind the sealed end belong to an append that did not: nobody was told that they are kept, they are not read, and the
// next append cuts them away. They are not sealed instead, although most would verify: a journal does not know the keys,
// so it would seal what anybody had added.

import { existsSync, mkdirSync, statSync } from 'node:fs'
import { open, readFile, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

import { configurationError } from '../core/errors.ts'
import { milliseconds, type Duration } from '../core/time.ts'
import type { Durability } from '../store/sqlite-file.ts'
import { lineIn, paddedTextOf, textOf } from './file-lines.ts'
import { FileLock } from './file-lock.ts'
import { archivedAs, fileOf, isThere, linesOf, spansOf, type Span } from './file-segments.ts'
import { readSeal, syncFolder, writeSeal, type Seal, type Segment } from './file-seal.ts'
import { passes, type Amendment, type AuditFilter, type Journal } from './journal.ts'
import type { AuditLine, Mark } from './record.ts'

export interface FileJournalOptions {
  /**
   * What an append survives once its promise has resolved. `process`: the process being killed. `power`: a failure of
   * power as well, for the time of two flushes. Default: `process`.
   */
  readonly durability?: Durability
  /** When a new file is begun: after so many bytes. Default: 64 MiB. */
  readonly rotateBytes?: number
  /** When a new file is begun: so long after the first line of the last. Default: a day. */
  readonly rotateEvery?: Duration
}

export interface FileJournal extends Journal {
  /** Waits for what is under way, then lets go. */
  close(): Promise<void>
}

/**
 * Keeps lines in `path`, and earlier ones in files beside it, `path` with the number of their first line: all readable by
 * their owner alone. `trim` keeps the mark at once and removes whole files, so a line is gone once all of its file are.
 * Throws `config_invalid` for options that cannot be used, or a place where nothing can be written.
 */
export function fileJournal(path: string, options: FileJournalOptions = {}): FileJournal {
  const settings = readOptions(options)
  const place = resolve(path)
  try {
    mkdirSync(dirname(place), { recursive: true, mode: 0o700 })
    // Somebody else's file, or a trail that was parted from its seal: both would be cut to nothing.
    if (existsSync(place) && statSync(place).size > 0 && !existsSync(sealOf(place)))
      throw new Error(withoutSeal(place))
    return new Files(place, settings, new FileLock(`${place}.lock`))
  } catch (cause) {
    throw configurationError('fileJournal cannot be opened', [
      `${place} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
    ])
  }
}

interface Settings {
  readonly isFlushed: boolean
  readonly rotateBytes: number
  readonly rotateEvery: number
}

/** Where a reader left off, so that going on needs no search. */
interface Place {
  readonly first: number
  readonly number: number
  readonly offset: number
}

const newline = 0x0a

class Files implements FileJournal {
  readonly #path: string
  readonly #settings: Settings
  readonly #lock: FileLock
  #place: Place | undefined

  constructor(path: string, settings: Settings, lock: FileLock) {
    this.#path = path
    this.#settings = settings
    this.#lock = lock
  }

  async head(): Promise<Mark | undefined> {
    return (await this.#seal()).head
  }

  async tail(): Promise<Mark | undefined> {
    return (await this.#seal()).tail
  }

  append(after: number, lines: readonly AuditLine[], head: Mark): Promise<boolean> {
    return this.#lock.hold(async () => {
      const seal = await this.#seal()
      if ((seal.head?.number ?? 0) !== after) return false
      const text = Buffer.from(lines.map(textOf).join(''))
      // Before the first line, so that lines without a seal are never ours.
      if (seal.segments.length === 0) await writeSeal(this.#sealPath, seal, this.#settings.isFlushed)
      const segments = await this.#withRoom(seal.segments, lines[0])
      const last = segments.at(-1)!
      const bytes = await this.#write(last, text)
      await writeSeal(
        this.#sealPath,
        { ...seal, head, segments: [...segments.slice(0, -1), { ...last, bytes }] },
        this.#settings.isFlushed,
      )
      return true
    })
  }

  async read(after: number, limit: number): Promise<readonly AuditLine[]> {
    const lines: AuditLine[] = []
    const { tail, ...seal } = await this.#seal()
    const from = Math.max(after, tail?.number ?? 0)
    for (const segment of spansOf(seal)) {
      if (segment.last <= from) continue
      for await (const { line, end } of linesOf(this.#path, segment, this.#startOf(segment, from))) {
        if (line.number <= from) continue
        lines.push(line)
        if (lines.length < limit) continue
        this.#place = { first: segment.first, number: line.number, offset: end }
        return lines
      }
    }
    return lines
  }

  async find(filter: AuditFilter, limit: number): Promise<readonly AuditLine[]> {
    const found: AuditLine[] = []
    const { tail, ...seal } = await this.#seal()
    const from = tail?.number ?? 0
    for (const segment of spansOf(seal).toReversed()) {
      if (found.length >= limit) break
      if (filter.before !== undefined && segment.first >= filter.before) continue
      const here: AuditLine[] = []
      for await (const { line } of linesOf(this.#path, segment, 0)) {
        if (line.number <= from || !passes(line, filter)) continue
        here.push(line)
        // The newest are wanted, and a file may hold many.
        if (here.length > 2 * limit) here.splice(0, here.length - limit)
      }
      found.push(...here.toReversed().slice(0, limit - found.length))
    }
    return found
  }

  trim(tail: Mark): Promise<void> {
    return this.#lock.hold(async () => {
      const seal = await this.#seal()
      if (tail.number <= (seal.tail?.number ?? 0)) return
      const isOver = (_: Segment, at: number): boolean => {
        const next = seal.segments[at + 1]
        return next !== undefined && next.first <= tail.number + 1
      }
      const gone = seal.segments.filter(isOver)
      const segments = seal.segments.filter((segment) => !gone.includes(segment))
      // The mark first: a trail that begins too late must never be unexplained.
      await writeSeal(this.#sealPath, { ...seal, tail, segments }, this.#settings.isFlushed)
      for (const segment of gone)
        for (const draft of ['', '.new']) await rm(archivedAs(this.#path, segment) + draft, { force: true })
    })
  }

  amend(changes: readonly Amendment[]): Promise<number> {
    return this.#lock.hold(async () => {
      let amended = 0
      for (const segment of spansOf(await this.#seal())) {
        const here = changes.filter(
          ({ line: { number } }) => number >= segment.first && number <= segment.last,
        )
        if (here.length > 0) amended += await this.#amend(segment, here)
      }
      return amended
    })
  }

  // A line takes as much room as before, so whatever was said of the file still holds. It is written anew under another
  // name and renamed into its place: whoever is killed in between leaves the one or the other.
  async #amend(segment: Span, changes: readonly Amendment[]): Promise<number> {
    const path = await fileOf(this.#path, segment)
    const bytes = await readFile(path)
    const byNumber = new Map(changes.map((change) => [change.line.number, change]))
    let amended = 0
    for (let start = 0, end = 0; start < segment.bytes; start = end + 1) {
      end = bytes.indexOf(newline, start)
      if (end < 0) break
      const line = lineIn(bytes.toString('utf8', start, end))
      const change = line && byNumber.get(line.number)
      if (!change || change.was !== line.text) continue
      const text = paddedTextOf(change.line, end + 1 - start)
      if (!text) continue
      text.copy(bytes, start)
      amended++
    }
    if (amended > 0) await this.#writeAnew(path, bytes)
    return amended
  }

  async #writeAnew(path: string, bytes: Buffer): Promise<void> {
    const draft = `${path}.new`
    const file = await open(draft, 'w', 0o600)
    try {
      await file.writeFile(bytes)
      if (this.#settings.isFlushed) await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
    if (this.#settings.isFlushed) await syncFolder(path)
  }

  async close(): Promise<void> {
    await this.#lock.close()
  }

  get #sealPath(): string {
    return sealOf(this.#path)
  }

  async #seal(): Promise<Seal> {
    const seal = await readSeal(this.#sealPath)
    if (seal) return seal
    if (!(await isThere(this.#path))) return { segments: [] }
    // Unless the first one is being written at this moment.
    const begun = await readSeal(this.#sealPath)
    if (begun) return begun
    throw new Error(`${this.#path}: ${withoutSeal(this.#path)}`)
  }

  // From where the last reader left off, if this one asks for what comes next.
  #startOf({ first }: Span, after: number): number {
    const place = this.#place
    return place?.first === first && place.number === after ? place.offset : 0
  }

  /** The segments with one at the end that takes these lines: the last, or a new one. */
  async #withRoom(segments: readonly Segment[], line: AuditLine | undefined): Promise<readonly Segment[]> {
    const last = segments.at(-1)
    const next = { first: line?.number ?? 1, bytes: 0, at: line?.at ?? 0 }
    if (!last) return [next]
    const { rotateBytes, rotateEvery } = this.#settings
    const isRenamed = await isThere(archivedAs(this.#path, last))
    const isFull = last.bytes >= rotateBytes || (next.at - last.at >= rotateEvery && last.bytes > 0)
    if (!isFull && !isRenamed) return segments
    if (!isRenamed && (await isThere(this.#path))) {
      await rename(this.#path, archivedAs(this.#path, last))
      if (this.#settings.isFlushed) await syncFolder(this.#path)
    }
    return [...segments, next]
  }

  /** Writes behind the sealed end, in the place of whatever is there. Resolves to how long the file is then. */
  async #write({ bytes }: Segment, text: Buffer): Promise<number> {
    const isNew = !(await isThere(this.#path))
    const file = await open(this.#path, isNew ? 'wx' : 'r+', 0o600)
    try {
      const { size } = await file.stat()
      // Shorter than it was: somebody has cut it, which is for `verify` to tell.
      const from = Math.min(size, bytes)
      if (size > from) await file.truncate(from)
      const whole =
        from > 0 && !(await endsLine(file, from)) ? Buffer.concat([Buffer.from('\n'), text]) : text
      for (let written = 0; written < whole.length;) {
        const { bytesWritten } = await file.write(whole, written, whole.length - written, from + written)
        written += bytesWritten
      }
      if (this.#settings.isFlushed) await file.sync()
      if (isNew && this.#settings.isFlushed) await syncFolder(this.#path)
      return from + whole.length
    } finally {
      await file.close()
    }
  }
}

function sealOf(path: string): string {
  return `${path}.seal`
}

function withoutSeal(path: string): string {
  return `it is there, but not ${sealOf(path)}, which says where an audit trail ends. Restore that, or name another file`
}

async function endsLine(file: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] === newline
}

function readOptions({
  durability = 'process',
  rotateBytes = 64 * 1024 * 1024,
  rotateEvery = '1d',
}: FileJournalOptions): Settings {
  const faults: string[] = []
  const span = milliseconds(rotateEvery)
  if (durability !== 'process' && durability !== 'power')
    faults.push(`durability must be 'process' or 'power'`)
  if (!Number.isSafeInteger(rotateBytes) || rotateBytes < 1)
    faults.push('rotateBytes is not a whole number from 1')
  if (span === undefined)
    faults.push(`rotateEvery is ${JSON.stringify(rotateEvery)}; write a duration such as '1d'`)
  if (faults.length > 0) throw configurationError('fileJournal was given options that cannot be used', faults)
  return { isFlushed: durability === 'power', rotateBytes, rotateEvery: span! }
}
