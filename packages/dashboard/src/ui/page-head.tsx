// The head of a page: its name, also for the tab of the browser, a line that says what it is, and what can be done.

import { useEffect, type ReactNode } from 'react'

export function PageHead({
  title,
  children,
  actions,
}: {
  title: string
  children?: ReactNode
  actions?: ReactNode
}) {
  useEffect(() => {
    document.title = `${title} · Sojourn`
  }, [title])
  return (
    <div className="page-head">
      <div>
        <h1>{title}</h1>
        {children && <p className="lead">{children}</p>}
      </div>
      {actions && <div className="actions">{actions}</div>}
    </div>
  )
}
