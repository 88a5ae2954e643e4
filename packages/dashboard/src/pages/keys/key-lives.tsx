// The lives of the keys beside each other: from when each signs, how long it is published after that, and where now is. The
// table below says the same in words.

import { useMemo, type CSSProperties } from 'react'

import type { SigningKey } from '../../api/types.ts'

const day = 86_400_000

interface Life {
  readonly kid: string
  readonly phase: SigningKey['phase']
  readonly signs: readonly [from: number, to: number]
  readonly publishedTo: number
}

export function KeyLives({ keys }: { keys: readonly SigningKey[] }) {
  const now = useMemo(() => Date.now(), [])
  const lives = keys.map((key) => lifeOf(key, now))
  const begin = Math.min(now - 2 * day, ...lives.map(({ signs: [from] }) => from))
  const end = Math.max(now + 2 * day, ...lives.map(({ publishedTo }) => publishedTo))
  const place = (at: number): string => `${(100 * (at - begin)) / (end - begin)}%`
  const stretch = (from: number, to: number): CSSProperties => ({
    insetInlineStart: place(from),
    inlineSize: `max(6px, ${(100 * (to - from)) / (end - begin)}%)`,
  })
  return (
    <div className="lives" aria-hidden="true">
      {lives.map(({ kid, phase, signs: [from, to], publishedTo }) => (
        <div className="life" key={kid} data-phase={phase}>
          <code>{kid.slice(0, 10)}</code>
          <span className="track">
            <span className="published" style={stretch(from, publishedTo)} />
            <span className="signs" style={stretch(from, to)} />
            <span className="now" style={{ insetInlineStart: place(now) }} />
          </span>
        </div>
      ))}
      <div className="life scale">
        <span />
        <span className="track">
          <span className="now-label" style={{ insetInlineStart: place(now) }}>
            now
          </span>
        </span>
      </div>
    </div>
  )
}

function lifeOf({ kid, phase, activeFrom, retiresAt, goneAt }: SigningKey, now: number): Life {
  const at = (text: string | null): number | undefined => (text === null ? undefined : Date.parse(text))
  const from = at(activeFrom) ?? now
  const to = at(retiresAt) ?? Math.max(from, now) + 30 * day
  return { kid, phase, signs: [from, to], publishedTo: Math.max(to, at(goneAt) ?? to) }
}
