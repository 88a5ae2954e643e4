// What is around every page: the way to the other pages, whose key it is, and a warning before the idle time is up.

import { Dialog } from '@base-ui/react/dialog'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useClient } from 'sojourn/react'
import type { WarningKind } from 'sojourn/client'

import { Button } from '../ui/button.tsx'
import { holdFocus } from '../ui/hold-focus.ts'
import { Logo } from '../ui/logo.tsx'
import { AccountMenu } from './account-menu.tsx'
import { useCaller } from './caller.ts'
import { Link, usePath } from './router.tsx'

const pages = [
  { to: '/', name: 'Overview' },
  { to: '/sessions', name: 'Sessions' },
  { to: '/subjects', name: 'Subjects' },
  { to: '/keys', name: 'Keys' },
  { to: '/api-keys', name: 'API keys' },
  { to: '/audit', name: 'Audit trail' },
  { to: '/health', name: 'Health' },
] as const

export function Shell({ warning, children }: { warning: WarningKind | undefined; children: ReactNode }) {
  const main = useRef<HTMLElement>(null)
  const path = usePath()
  const isFirst = useRef(true)
  // Whoever follows a link begins at the top of the new page, with the keyboard and the screen reader too.
  useEffect(() => {
    if (isFirst.current) isFirst.current = false
    else main.current?.focus({ preventScroll: true })
  }, [path])
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={() => main.current?.focus()}>
        Skip to the page
      </a>
      <header className="bar">
        <Drawer />
        <Link to="/" className="brand" aria-label="Sojourn: overview">
          <Logo />
          <span>Sojourn</span>
        </Link>
        <Environment />
        <AccountMenu />
      </header>
      <nav className="side" aria-label="Pages">
        <Pages />
      </nav>
      <main id="main" className="main" ref={main} tabIndex={-1}>
        {warning && <IdleWarning kind={warning} />}
        {children}
      </main>
    </div>
  )
}

function Environment() {
  const caller = useCaller()
  if (!caller) return <span className="environment" />
  return (
    <span className="environment" data-production={caller.environment === 'production' || undefined}>
      <b>{caller.environment}</b>
      <span className="issuer">{caller.issuer}</span>
    </span>
  )
}

function Pages({ followed }: { followed?: () => void }) {
  const path = usePath()
  return (
    <ul className="pages">
      {pages.map(({ to, name }) => {
        const isHere = to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`)
        return (
          <li key={to}>
            <Link
              to={to}
              {...(isHere ? { 'aria-current': 'page' as const } : {})}
              {...(followed ? { onClickCapture: followed } : {})}
            >
              {name}
            </Link>
          </li>
        )
      })}
    </ul>
  )
}

/** The pages on a phone. */
function Drawer() {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <Dialog.Root open={isOpen} onOpenChange={setIsOpen}>
      <Dialog.Trigger className="button quiet menu-button">Menu</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup ref={holdFocus} className="drawer">
          <Dialog.Title className="drawer-title">Pages</Dialog.Title>
          <nav aria-label="Pages, in the menu">
            <Pages followed={() => setIsOpen(false)} />
          </nav>
          <Dialog.Close className="button quiet">Close</Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function IdleWarning({ kind }: { kind: WarningKind }) {
  const client = useClient()
  return (
    <div className="notice warn" role="alert">
      <p>
        {kind === 'idle'
          ? 'Nothing has happened here for a while: you will be signed out in a minute.'
          : 'Your time is up in a minute: sign in again to go on.'}
      </p>
      {kind === 'idle' && <Button onClick={() => void client.stay().catch(() => {})}>Stay signed in</Button>}
    </div>
  )
}
