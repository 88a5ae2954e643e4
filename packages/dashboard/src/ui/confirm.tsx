// A button for what cannot be undone: it asks before it does it, has a name typed where much goes, asks for the key where
// the server wants it, and says how it went.

import { AlertDialog } from '@base-ui/react/alert-dialog'
import { useId, useState, type ReactNode } from 'react'

import { useFresh } from '../app/fresh.tsx'
import { Refusal } from '../api/client.ts'
import { Button } from './button.tsx'
import { visible } from './device.ts'
import { holdFocus } from './hold-focus.ts'
import { problemText } from './problem.ts'

interface ConfirmProps {
  readonly label: string
  readonly title: string
  /** What will happen. */
  readonly children: ReactNode
  /** What the button that does it says. */
  readonly action: string
  readonly work: () => Promise<unknown>
  readonly done: () => void
  /** What has to be typed before it does anything: the name of what goes. */
  readonly typed?: string
  readonly kind?: 'danger' | 'plain'
  readonly isDisabled?: boolean
}

export function Confirm(props: ConfirmProps) {
  const { label, title, children, action, work, done, typed, kind = 'danger', isDisabled = false } = props
  const [isOpen, setIsOpen] = useState(false)
  const [isBusy, setIsBusy] = useState(false)
  const [fault, setFault] = useState<string>()
  const [text, setText] = useState('')
  const withFresh = useFresh()
  // As it is, or as it is shown: an odd sign in a name cannot be typed.
  const isMeant = typed === undefined || text === typed || text === visible(typed)
  const open = (isNow: boolean): void => {
    setText('')
    setFault(undefined)
    setIsOpen(isNow)
  }
  const act = async (): Promise<void> => {
    setIsBusy(true)
    setFault(undefined)
    try {
      await withFresh(work, () => setIsOpen(false))
      setIsOpen(false)
      done()
    } catch (error) {
      // The key was asked for and not given: that was a decision, and no fault.
      if (error instanceof Refusal && error.code === 'fresh_sign_in_required') return
      setFault(problemText(error))
      setIsOpen(true)
    } finally {
      setIsBusy(false)
    }
  }
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={open}>
      <AlertDialog.Trigger
        className={`button ${kind === 'danger' ? 'danger-quiet' : 'plain'}`}
        disabled={isDisabled}
      >
        {label}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup ref={holdFocus} className="dialog">
          <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text" render={<div />}>
            {children}
          </AlertDialog.Description>
          {typed !== undefined && <TypedName name={typed} text={text} change={setText} />}
          <p className="fault" role="alert">
            {fault}
          </p>
          <div className="actions">
            <AlertDialog.Close className="button quiet">Cancel</AlertDialog.Close>
            <Button
              kind={kind === 'danger' ? 'danger' : 'primary'}
              isBusy={isBusy}
              disabled={!isMeant}
              onClick={() => void act()}
            >
              {action}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}

function TypedName({ name, text, change }: { name: string; text: string; change: (text: string) => void }) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>
        To confirm, type <strong>{visible(name)}</strong>
      </label>
      <input
        id={id}
        value={text}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        onChange={(event) => change(event.target.value)}
      />
    </div>
  )
}
