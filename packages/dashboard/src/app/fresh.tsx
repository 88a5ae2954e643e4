// What cannot be undone, or tells much, needs the API key once more, if it was not shown within the last minutes. The server
// decides that; this asks for the key when it says so, and then does what was wanted.

import { Dialog } from '@base-ui/react/dialog'
import {
  createContext,
  useCallback,
  useContext,
  useRef,
  useState,
  type SubmitEvent,
  type ReactNode,
} from 'react'

import { Refusal, send } from '../api/client.ts'
import { Button } from '../ui/button.tsx'
import { holdFocus } from '../ui/hold-focus.ts'
import { keyIn, KeyField } from '../ui/key-field.tsx'
import { problemText } from '../ui/problem.ts'

type Work<T> = () => Promise<T>

/**
 * Does the work; where the key is wanted, asks for it and does the work again. `before` is called before it asks, to close
 * another dialog. Rejects with a Refusal if the key is not given.
 */
export type WithFresh = <T>(work: Work<T>, before?: () => void) => Promise<T>

const Context = createContext<WithFresh>((work) => work())

export function useFresh(): WithFresh {
  return useContext(Context)
}

interface Waiting {
  readonly given: () => void
  readonly refused: () => void
}

export function FreshProvider({ children }: { children: ReactNode }) {
  const [isOpen, setIsOpen] = useState(false)
  const waiting = useRef<Waiting | undefined>(undefined)
  const withFresh: WithFresh = useCallback(async (work, before) => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'fresh_sign_in_required') throw error
      before?.()
      await new Promise<void>((given, refused) => {
        waiting.current = { given, refused: () => refused(error) }
        setIsOpen(true)
      })
      return work()
    }
  }, [])
  const settle = (how: keyof Waiting): void => {
    setIsOpen(false)
    waiting.current?.[how]()
    waiting.current = undefined
  }
  return (
    <Context value={withFresh}>
      {children}
      <Dialog.Root open={isOpen} onOpenChange={(open) => !open && settle('refused')}>
        <Dialog.Portal>
          <Dialog.Backdrop className="backdrop" />
          <Dialog.Popup ref={holdFocus} className="dialog">
            <Dialog.Title className="dialog-title">Confirm that it is you</Dialog.Title>
            <Dialog.Description className="dialog-text">
              Your API key was last shown more than five minutes ago. This needs it once more.
            </Dialog.Description>
            <KeyForm done={() => settle('given')} />
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
    </Context>
  )
}

function KeyForm({ done }: { done: () => void }) {
  const [fault, setFault] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault()
    const apiKey = keyIn(event.currentTarget)
    setIsBusy(true)
    try {
      await send('POST', '/confirm', { apiKey })
      done()
    } catch (error) {
      setFault(problemText(error))
      setIsBusy(false)
    }
  }
  return (
    <form onSubmit={(event) => void submit(event)}>
      <KeyField fault={fault} />
      <div className="actions">
        <Dialog.Close className="button quiet">Cancel</Dialog.Close>
        <Button kind="primary" type="submit" isBusy={isBusy}>
          Confirm
        </Button>
      </div>
    </form>
  )
}
