import { useId, type ReactNode } from 'react'

/** A part of a page with a heading. */
export function Panel({
  title,
  note,
  actions,
  children,
  className,
}: {
  title: string
  note?: ReactNode
  actions?: ReactNode
  children: ReactNode
  className?: string
}) {
  const id = useId()
  return (
    <section className={['panel', className].filter(Boolean).join(' ')} aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {note && <span className="note">{note}</span>}
        {actions && <div className="actions">{actions}</div>}
      </div>
      {children}
    </section>
  )
}
