// What is shown where there is nothing to show: not yet, not at all, or not because of a failure.

import type { ReactNode } from 'react'

import { Button } from './button.tsx'
import { problemText, problemTitle } from './problem.ts'

/** Nothing is there, and that is in order; the children say what to do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children && <div className="empty-text">{children}</div>}
    </div>
  )
}

/** It did not work. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <div className="empty failure" role="alert">
      <p className="empty-title">{problemTitle(error)}</p>
      <div className="empty-text">{problemText(error)}</div>
      {retry && <Button onClick={retry}>Try again</Button>}
    </div>
  )
}

/** Lines that stand for what comes. */
export function Skeleton({ lines = 4, label = 'Loading' }: { lines?: number; label?: string }) {
  return (
    <div className="skeleton" role="status">
      <span className="hidden">{label} …</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} className="bone" aria-hidden="true" />
      ))}
    </div>
  )
}

/** Before it is known who is there. */
export function Waiting({ what, retry }: { what: string; retry: () => void }) {
  return (
    <main className="waiting">
      <h1 className="hidden">Sojourn</h1>
      <Skeleton lines={2} label={what} />
      <p className="waiting-help">
        If this takes long, the server cannot be reached. <Button onClick={retry}>Ask again</Button>
      </p>
    </main>
  )
}

interface Asked<T> {
  readonly data: T | undefined
  readonly error: unknown
  readonly refetch: () => unknown
}

/** An answer, or what stands in its place until it is there. */
export function Answer<T>({
  of,
  lines,
  children,
}: {
  of: Asked<T>
  lines?: number
  children: (data: T) => ReactNode
}) {
  if (of.data !== undefined) return children(of.data)
  if (of.error) return <Failure error={of.error} retry={() => void of.refetch()} />
  return <Skeleton {...(lines === undefined ? {} : { lines })} />
}
