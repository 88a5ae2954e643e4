// Where in the dashboard somebody is: the path under /dashboard, and the query. Both are in the address bar, so that every
// view can be linked to, reloaded and gone back from.

import { useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent, type ReactNode } from 'react'

import { base } from '../api/client.ts'

const listeners = new Set<() => void>()

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  addEventListener('popstate', listener)
  return () => {
    listeners.delete(listener)
    removeEventListener('popstate', listener)
  }
}

function told(): void {
  for (const listener of listeners) listener()
}

/** The path, such as `/sessions/…`; `/` is the overview. */
export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname.slice(base.length).replace(/\/$/, '') || '/')
}

export function navigate(path: string): void {
  history.pushState(null, '', base + (path === '/' ? '' : path))
  scrollTo({ top: 0 })
  told()
}

export type Parameters = Readonly<Record<string, string | undefined>>

/** The query, and what changes some of it; a change of what is typed takes the place of the one before. */
export function useParameters(): readonly [
  (name: string) => string | undefined,
  (changes: Parameters, replace?: boolean) => void,
] {
  const search = useSyncExternalStore(subscribe, () => location.search)
  const current = new URLSearchParams(search)
  const change = (changes: Parameters, replace = false): void => {
    const next = new URLSearchParams(location.search)
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined || value === '') next.delete(name)
      else next.set(name, value)
    }
    const text = next.toString()
    const url = location.pathname + (text === '' ? '' : `?${text}`)
    if (replace) history.replaceState(null, '', url)
    else history.pushState(null, '', url)
    told()
  }
  return [(name) => current.get(name) ?? undefined, change]
}

/** A link within the dashboard. */
export function Link({
  to,
  children,
  ...rest
}: { to: string; children: ReactNode } & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'>) {
  const follow = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    navigate(to)
  }
  return (
    <a href={base + (to === '/' ? '' : to)} onClick={follow} {...rest}>
      {children}
    </a>
  )
}
