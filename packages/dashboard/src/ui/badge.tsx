import type { ReactNode } from 'react'

export type Tone = 'plain' | 'good' | 'warn' | 'alarm'

/** A word that says in which state something is. Its colour is never the only sign. */
export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span className="badge" data-tone={tone}>
      {children}
    </span>
  )
}
