// Whose key it is, and the way out.

import { Menu } from '@base-ui/react/menu'
import { useSignOut } from 'sojourn/react'

import { useCaller } from './caller.ts'

export function AccountMenu() {
  const caller = useCaller()
  const { signOut } = useSignOut()
  return (
    <Menu.Root>
      <Menu.Trigger className="button quiet account">
        <span className="hidden">Account:</span>
        <span className="account-name">{caller?.name ?? '…'}</span>
        <span className="role">{caller?.role ?? ''}</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={6} className="menu-positioner">
          <Menu.Popup className="menu">
            <div className="menu-note">
              Signed in with the API key <b>{caller?.name}</b>, which may{' '}
              {caller?.role === 'read' ? 'look and change nothing' : 'do everything'}. Sojourn{' '}
              {caller?.version}.
            </div>
            <Menu.Item className="menu-item" onClick={() => void signOut('this')}>
              Sign out
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
