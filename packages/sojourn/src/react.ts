// What `import … from 'sojourn/react'` gives. The client itself comes from `sojourn/client`.

export {
  SessionProvider,
  useClient,
  useIdleWarning,
  useSession,
  useSignOut,
  type EndWarning,
  type SignOut,
} from './client/react.ts'
