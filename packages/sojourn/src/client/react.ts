// React: a provider that hands out a client, and hooks that show what it knows. A page that was rendered on the server
// with the same `initial` is rendered the same way again before anything is asked, so nothing flashes.

import {
  createContext,
  createElement,
  useCallback,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
  type ReactElement,
  type ReactNode,
} from 'react'

import type { Client } from './client.ts'
import type { SignOutScope } from './credentials.ts'
import type { WarningKind } from './deadlines.ts'
import type { ClientState } from './state.ts'

const ClientContext = createContext<Client | undefined>(undefined)

/** Hands the client to everything inside. Make it once for each page, and on a server once for each request. */
export function SessionProvider(props: {
  readonly client: Client
  readonly children?: ReactNode
}): ReactElement {
  const { client, children } = props
  useEffect(() => {
    // A page that brought nothing along asks. What fails here is asked again by whoever needs it.
    if (client.state.status === 'unknown') client.load().catch(() => {})
  }, [client])
  return createElement(ClientContext, { value: client }, children)
}

/** The client, for its `fetch` and everything else. */
export function useClient(): Client {
  const client = useContext(ClientContext)
  if (!client) throw new Error('useSession and its like need a <SessionProvider client={…}> around them.')
  return client
}

/** Who is signed in: a value to narrow by `status`. */
export function useSession(): ClientState {
  const client = useClient()
  return useSyncExternalStore(
    client.subscribe,
    () => client.state,
    () => client.initialState,
  )
}

/** What a sign-out button needs. */
export interface SignOut {
  /** Resolves to whether the server has confirmed it. */
  readonly signOut: (scope?: SignOutScope) => Promise<boolean>
  readonly isPending: boolean
  /** Why the last one failed: then nobody is signed out. */
  readonly error: unknown
}

export function useSignOut(): SignOut {
  const client = useClient()
  const [{ isPending, error }, set] = useState<{ isPending: boolean; error: unknown }>(settled)
  const signOut = useCallback(
    async (scope: SignOutScope = 'this'): Promise<boolean> => {
      set({ isPending: true, error: undefined })
      try {
        await client.signOut(scope)
        set(settled)
        return true
      } catch (failure) {
        set({ isPending: false, error: failure })
        return false
      }
    },
    [client],
  )
  return { signOut, isPending, error }
}

const settled = { isPending: false, error: undefined }

/** What a warning shows. */
export interface EndWarning {
  /** `idle`: staying helps. `absolute`: only a new sign-in does. */
  readonly kind: WarningKind
  readonly secondsLeft: number
  /** "Stay signed in", in all tabs. */
  readonly stay: () => void
}

/** The warning while time is nearly up, counting down once a second; undefined at all other times. */
export function useIdleWarning(): EndWarning | undefined {
  const client = useClient()
  const session = useSession()
  const kind = session.status === 'signed-in' ? session.warning : undefined
  const [, tick] = useState(0)
  useEffect(() => {
    if (!kind) return undefined
    const timer = setInterval(() => tick((count) => count + 1), 1000)
    return () => clearInterval(timer)
  }, [kind])
  // If the server does not answer, the warning stays, and there is something to press again.
  const stay = useCallback(() => void client.stay().catch(() => {}), [client])
  return kind && { kind, secondsLeft: client.secondsLeft() ?? 0, stay }
}
