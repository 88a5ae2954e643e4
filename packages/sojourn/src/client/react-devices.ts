// The hook behind <YourDevices />, for those who draw the list themselves.

import { useCallback, useEffect, useState } from 'react'

import { endDevice, listDevices, type DeviceOutcome, type SessionDevice } from './devices.ts'
import { useClient, useSession } from './react.ts'

/** A device in the list. */
export interface ListedDevice extends SessionDevice {
  /** It was signed out here: it stays in its place until the list is asked for again. */
  readonly isEnded: boolean
}

/** What a list of one's own devices needs. */
export interface Devices {
  /** `signed-out`: there is nobody whose devices could be listed. */
  readonly status: 'loading' | 'ready' | 'failed' | 'signed-out'
  /** This device first, then those that were seen last. What was known stays while it is asked for again. */
  readonly devices: readonly ListedDevice[]
  /** Why the list could not be had. */
  readonly error: unknown
  /** The id that is being signed out, or `others`. One thing is done at a time. */
  readonly pending: string | undefined
  readonly reload: () => void
  /** Signs a device out, this one too. Never rejects. */
  readonly signOut: (id: string) => Promise<DeviceOutcome>
  /** Signs all but this one out. Never rejects. */
  readonly signOutOthers: () => Promise<DeviceOutcome>
}

interface Listed {
  /** Whose: the session that asked. */
  readonly by: string | undefined
  readonly devices: readonly ListedDevice[]
  readonly error: unknown
  readonly isLoading: boolean
}

const nothing: Listed = { by: undefined, devices: [], error: undefined, isLoading: true }

/** The devices on which the person is signed in. Asks when it is first shown, when somebody else signs in, and on `reload`. */
export function useDevices(): Devices {
  const client = useClient()
  const session = useSession()
  const by = session.status === 'signed-in' ? session.session.id : undefined
  const { status } = session
  const [turn, setTurn] = useState(0)
  const [listed, setListed] = useState(nothing)
  const [pending, setPending] = useState<string>()

  useEffect(() => {
    if (status === 'signed-out') return undefined
    let isStale = false
    const set = (next: (before: Listed) => Listed): void => {
      if (!isStale) setListed(next)
    }
    // What was known of somebody else is not shown, not for a moment.
    set((before) =>
      before.by === by ? { ...before, error: undefined, isLoading: true } : { ...nothing, by },
    )
    // Who it is comes first; once that is known, this runs again.
    const asked = by === undefined ? client.load().then(() => undefined) : listDevices(client)
    asked.then(
      (found) => {
        const devices = found?.map((one) => ({ ...one, isEnded: false }))
        if (devices) set(() => ({ by, devices, error: undefined, isLoading: false }))
      },
      (error: unknown) => set((before) => ({ ...before, by, error, isLoading: false })),
    )
    return () => void (isStale = true)
  }, [client, status, by, turn])

  const act = useCallback(
    async (what: string, ending: () => Promise<DeviceOutcome>, isMeant: (one: ListedDevice) => boolean) => {
      setPending(what)
      const outcome = await ending()
      if (outcome.kind === 'done')
        setListed(({ devices, ...rest }) => ({
          ...rest,
          devices: devices.map((one) => (isMeant(one) ? { ...one, isEnded: true } : one)),
        }))
      setPending(undefined)
      return outcome
    },
    [],
  )
  const signOut = useCallback(
    (id: string) =>
      act(
        id,
        () => (id === by ? settled(client.signOut('this')) : endDevice(client, id)),
        (one) => one.id === id,
      ),
    [act, client, by],
  )
  const signOutOthers = useCallback(
    () =>
      act(
        'others',
        () => settled(client.signOut('others')),
        (one) => !one.current,
      ),
    [act, client],
  )
  const reload = useCallback(() => setTurn((count) => count + 1), [])

  const isOurs = listed.by === by && status !== 'signed-out'
  const { devices, error, isLoading } = isOurs ? listed : nothing
  return {
    status:
      status === 'signed-out' ? status : isLoading ? 'loading' : error === undefined ? 'ready' : 'failed',
    devices,
    error,
    pending,
    reload,
    signOut,
    signOutOthers,
  }
}

async function settled(ending: Promise<void>): Promise<DeviceOutcome> {
  try {
    await ending
    return { kind: 'done' }
  } catch (error) {
    return { kind: 'failed', error }
  }
}
