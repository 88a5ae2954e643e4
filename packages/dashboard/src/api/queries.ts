// What the page remembers of answers. Nothing is asked again by itself unless a page says so: reading the audit trail is
// written in it.

import { QueryClient } from '@tanstack/react-query'

import { Refusal } from './client.ts'

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      refetchOnWindowFocus: false,
      staleTime: 2000,
      // What was refused will be refused again; what did not arrive may.
      retry: (count, error) => count < 2 && (!(error instanceof Refusal) || error.status >= 502),
    },
  },
})
