// Whom the page is for: the API key behind the session.

import { useQuery } from '@tanstack/react-query'

import { get } from '../api/client.ts'
import type { Caller } from '../api/types.ts'

export function useCaller(): Caller | undefined {
  return useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => get<Caller>('/me', { background: true, signal }),
    staleTime: 60_000,
  }).data
}

/** Whether the caller's key may change something; true until it is known, because the server decides. */
export function useMayManage(): boolean {
  return useCaller()?.role !== 'read'
}
